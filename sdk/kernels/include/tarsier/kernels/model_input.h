// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/kernels/kernels.h>
#include <tarsier/media/image.h>

namespace tarsier::kernels {

/// Where the input of a network lies that takes levels, and how floats become those (QuantizeI8).
struct InputLevels {
    std::uint8_t* dst = nullptr;  ///< as many as floats; null where none are wanted
    float factor = 0;
    int zero_point = 0;
};

/// Turns pictures of a camera into the input of a network in one pass: resized to a fixed size (the
/// aspect ratio is not kept), converted to RGB, scaled to 0..1. Shrinking averages over the area of
/// each result pixel, growing interpolates linearly; both with pixel centres aligned. Planes are
/// filtered as they are and converted at the small size; no whole picture is held in between.
/// Thread-bound.
class ModelInput {
  public:
    /// The size of the network's input in pixels, each side 1..4096. `table` must outlive this.
    ModelInput(int width, int height, const Table& table = kernels::table());

    /// Writes width * height * 3 floats, rows of R G B (NHWC). Allocates only when the form of the
    /// pictures changes. Fails with Unsupported for pictures of floats.
    Status write(const Image& image, float* dst) { return write(image, dst, {}); }
    /// The same as levels too, made of each row as it comes: those that quantizing the floats
    /// gives. With them `dst` may be null.
    Status write(const Image& image, float* dst, const InputLevels& levels);

  private:
    /// How one plane is sampled. Rows are blended first, then columns are summed.
    struct Sampler {
        int channels = 0;  ///< interleaved in the plane
        int row_taps = 0;
        std::vector<std::int32_t> rows;        ///< [height][row_taps]
        std::vector<std::int8_t> row_weights;  ///< [height][row_taps]
        int column_taps = 0;
        std::vector<std::int32_t> first;           ///< [width]
        std::vector<std::int16_t> column_weights;  ///< [width][column_taps]
        std::vector<std::int16_t> blended;         ///< one row of the plane, padded
        std::vector<std::int16_t> picked;          ///< one channel of it, padded
        std::vector<const std::uint8_t*> sources;  ///< [row_taps]
    };

    void prepare(const Image& image);
    Sampler make_sampler(const Plane& plane, int channels) const;
    void sample_row(Sampler& sampler, const Plane& plane, int y, std::int32_t* const* out) const;

    int width_;
    int height_;
    const Table& table_;
    Size size_{};
    PixelFormat format_ = PixelFormat::Gray8;
    std::vector<Sampler> samplers_;
    std::array<std::vector<std::int32_t>, 3> channels_;  ///< one row of the result, before mixing
    std::vector<float> row_;  ///< one row of the result, where nobody wants the floats
};

}  // namespace tarsier::kernels
