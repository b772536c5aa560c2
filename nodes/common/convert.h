// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "common/yuv.h"

namespace tarsier::nodes {

/// Red, green, blue, alpha.
using Color = std::array<std::uint8_t, 4>;

/// `#rrggbb` or `#rrggbbaa`; Invalid otherwise.
Result<Color> parse_color(std::string_view text);

/// A picture in one of the 8-bit formats out of rows of B G R. `color` says what YUV samples mean.
Result<Image> image_from_bgr(const std::uint8_t* bgr, std::ptrdiff_t stride, Size size,
                             PixelFormat format, ColorSpace color);

/// A picture of one colour.
Result<Image> flat_image(const Color& fill, Size size, PixelFormat format, ColorSpace color);

/// A picture file, scaled and cropped to fill `size`. NotFound, BadData; Unsupported in builds
/// without OpenCV.
Result<Image> load_picture(const std::filesystem::path& file, Size size, PixelFormat format,
                           ColorSpace color);

/// Row y of a picture in an 8-bit format as B G R, `dst` of width * 3 bytes. Chroma is repeated.
class BgrRows {
  public:
    explicit BgrRows(const Image& image);
    void row(int y, std::uint8_t* dst);

  private:
    const Image& image_;
    YuvToRgb yuv_;
    std::vector<std::uint8_t> u_, v_;  ///< one row at full width
};

}  // namespace tarsier::nodes
