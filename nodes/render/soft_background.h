// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <array>
#include <cstdint>
#include <vector>

#include "common/stretch.h"

namespace tarsier::nodes {

/// What is behind a person, blurred as if the person were not there: the pixels of the person carry
/// no weight, so no ghost of them surrounds the head. Works on a picture reduced 2, 4 or 8 times.
/// For nv12, i420, rgb8, bgr8. Thread-bound.
class SoftBackground {
  public:
    /// sigma: standard deviation of the blur in pixels of the image, at least 4. The matte is gray8
    /// of the image's size, 255 where nothing is to be taken from.
    void make(const Image& image, const Image& matte, double sigma);

    /// Row y of plane p at the size of the image, in its format. After make().
    void row(int p, int y, std::uint8_t* dst);

  private:
    /// Up to three channels times their weight, and the weight.
    struct Cell {
        float v[4];
    };
    static void add(Cell& sum, const Cell& cell);
    static void subtract(Cell& sum, const Cell& cell);
    static Cell scaled(const Cell& cell, float scale);

    /// Widths, factors and tables that depend on the form of the pictures alone.
    void prepare(const Image& image, int factor);
    void shrink(const Image& image);
    void weigh(const Image& matte);
    void blur(int radius);
    void finish();

    Size size_{};
    PixelFormat format_ = PixelFormat::Gray8;
    int factor_ = 0;
    int width_ = 0;  ///< of the reduced picture
    int height_ = 0;
    int step_ = 0;  ///< of one row of planes_: width_ + 1, rounded up
    std::vector<Cell> cells_;
    std::vector<Cell> other_;
    std::vector<Cell> sums_;
    std::vector<float> mask_;
    std::array<float, 3> mean_{};  ///< of the background
    std::vector<std::uint16_t> column_sums_;
    std::vector<float> column_most_;
    std::vector<std::int16_t> planes_;  ///< [height_][3][step_], 6 fraction bits
    std::vector<std::int16_t> lerped_;  ///< [3][step_]
    std::array<Stretch, kMaxPlanes> stretch_;
};

}  // namespace tarsier::nodes
