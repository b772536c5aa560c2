// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/pixel_format.h>
#include <cstdint>

namespace tarsier::nodes {

/// Rows of Y'CbCr to rows of B G R, by the matrix and range of a colour space. Fixed point,
/// rounded. Reentrant.
class YuvToRgb {
  public:
    explicit YuvToRgb(ColorSpace color);
    /// `width` pixels, one byte of y, u and v each, to 3 bytes B G R each.
    void row(const std::uint8_t* y, const std::uint8_t* u, const std::uint8_t* v, int width,
             std::uint8_t* bgr) const;

  private:
    int black_;  ///< luma of black
    int luma_, red_v_, green_u_, green_v_, blue_u_;
};

/// Rows of B G R to rows of Y'CbCr. Fixed point, rounded. Reentrant.
class RgbToYuv {
  public:
    explicit RgbToYuv(ColorSpace color);
    /// `width` pixels.
    void luma(const std::uint8_t* bgr, int width, std::uint8_t* y) const;
    /// Two rows of `width` pixels to (width + 1) / 2 values of u and v, `step` bytes apart.
    void chroma(const std::uint8_t* above, const std::uint8_t* below, int width, std::uint8_t* u,
                std::uint8_t* v, int step) const;

  private:
    int black_;
    int y_[3], u_[3], v_[3];  ///< weights of B, G, R
};

}  // namespace tarsier::nodes
