// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <array>
#include <cstdint>
#include <vector>

#include "common/stretch.h"
#include "vision/float_plane.h"

namespace tarsier::nodes {

/// Makes a matte follow the colours of the picture: a guided filter with the three colours as its
/// guide, its statistics at a quarter of the size. Where the network wavers, what has the colour of
/// the person nearby joins the person. Thread-bound.
class ColorSnap {
  public:
    /// `rgb`: the input of the network, NHWC, 0..1. Width and height of the matte are multiples
    /// of 4.
    void snap(const float* rgb, FloatPlane& alpha);

  private:
    void shrink(const float* rgb, const FloatPlane& alpha);
    void fit();

    std::array<FloatPlane, 3> guide_;   ///< means, then slopes
    std::array<FloatPlane, 3> cross_;   ///< guide times alpha
    std::array<FloatPlane, 6> square_;  ///< products of guides: rr rg rb gg gb bb
    FloatPlane alpha_;                  ///< mean, then offset
    FloatPlane scratch_;
};

/// Brings a matte to the size of the frame along the frame's own edges: a fast guided filter, its
/// statistics at the size of the matte, its result at the size of the frame. Thread-bound.
class MatteRefiner {
  public:
    struct Settings {
        int radius = 2;  ///< of the windows in pixels of the matte; 0 = stretch without a guide
        float softness = 2e-3f;  ///< variance of the guide that counts as an edge, at least 1e-3
        float low = 0.3f;        ///< mattes below become 0
        float high = 0.6f;       ///< mattes above become 1
    };
    /// `luma`: what guide_row() would give for the frame, in 0..1 at the size of the matte. `out`
    /// is gray8 of the frame's size.
    void refine(const FloatPlane& alpha, const FloatPlane& luma, const Image& frame,
                const Settings& settings, Image& out);

  private:
    void fit(const FloatPlane& alpha, const FloatPlane& luma, const Settings& settings);
    const std::uint8_t* guide_row(const Image& frame, int y);

    FloatPlane mean_guide_, mean_alpha_, cross_, square_, scratch_;
    std::vector<std::int16_t> slope_, offset_;  ///< [height][step_], for guided_row_u8
    std::vector<std::int16_t> slope_row_, offset_row_;
    std::vector<std::uint8_t> guide_;
    int step_ = 0;
    int frame_width_ = 0;
    Stretch stretch_;
};

/// The luma of a network's input (NHWC, RGB in 0..1) as the frame's guide has it: for YUV frames
/// their own Y in its range, else 0.30 R + 0.59 G + 0.11 B.
void guide_of_input(const float* rgb, const Image& frame, FloatPlane& luma);

}  // namespace tarsier::nodes
