// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <cstdint>
#include <vector>

namespace tarsier::nodes {

/// The rows of a matte as the planes of a picture need them: one value for each of their bytes,
/// halved for subsampled planes, repeated for interleaved channels. Thread-bound.
class AlphaRows {
  public:
    /// `matte`: gray8 of the picture's size; it and the format outlive this.
    AlphaRows(const Image& matte, PixelFormat format);

    /// For row y of plane p. Valid until the next call.
    const std::uint8_t* row(int p, int y);

  private:
    Plane matte_;
    const FormatInfo& info_;
    std::vector<std::uint8_t> halved_;
    std::vector<std::uint8_t> repeated_;
};

/// Blends `top` over the part of `image` that begins at (x, y), both even: image = alpha * top + (1
/// - alpha) * image. `top` has the format of the image, `alpha` is gray8 of top's size; what stands
/// over is cut off.
void blend_over(Image& image, const Image& top, const Image& alpha, int x, int y);

}  // namespace tarsier::nodes
