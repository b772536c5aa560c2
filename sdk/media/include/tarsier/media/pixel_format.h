// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarsier {

/// How the samples of a picture lie in memory. 8 bits per sample unless the name says F32 (float,
/// 0..1).
enum class PixelFormat : std::uint8_t {
    Gray8,    ///< one plane
    Rgb8,     ///< one plane, R G B
    Bgr8,     ///< one plane, B G R
    Rgba8,    ///< one plane, R G B A, alpha not premultiplied
    Nv12,     ///< Y plane; U V interleaved at half width and height
    I420,     ///< Y, U and V planes; U and V at half width and height
    GrayF32,  ///< one plane of floats
    RgbF32,   ///< three planes of floats: R, G, B
};

inline constexpr int kMaxPlanes = 3;

/// Bytes per pixel of a plane and how far it is subsampled.
struct PlaneLayout {
    std::uint8_t bytes_per_pixel;
    std::uint8_t shift_x;  ///< the plane has (width + (1 << shift_x) - 1) >> shift_x columns
    std::uint8_t shift_y;
};

struct FormatInfo {
    std::string_view name;  ///< lower case, as written in graph files
    std::uint8_t planes;
    PlaneLayout plane[kMaxPlanes];
};

const FormatInfo& format_info(PixelFormat format);
/// By the name of format_info().
std::optional<PixelFormat> parse_pixel_format(std::string_view name);

/// How YUV samples stand for colours.
struct ColorSpace {
    enum class Matrix : std::uint8_t { Bt601, Bt709 };
    enum class Range : std::uint8_t { Limited, Full };
    Matrix matrix = Matrix::Bt709;
    Range range = Range::Limited;
    bool operator==(const ColorSpace&) const = default;
};

}  // namespace tarsier
