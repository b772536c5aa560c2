// SPDX-License-Identifier: Apache-2.0
#include <tarsier/media/image.h>
#include <cstring>
#include <string>

namespace tarsier {
namespace {

// In the order of enum PixelFormat.
constexpr FormatInfo kFormats[] = {
    {"gray8", 1, {{1, 0, 0}}},
    {"rgb8", 1, {{3, 0, 0}}},
    {"bgr8", 1, {{3, 0, 0}}},
    {"rgba8", 1, {{4, 0, 0}}},
    {"nv12", 2, {{1, 0, 0}, {2, 1, 1}}},
    {"i420", 3, {{1, 0, 0}, {1, 1, 1}, {1, 1, 1}}},
    {"grayf32", 1, {{4, 0, 0}}},
    {"rgbf32", 3, {{4, 0, 0}, {4, 0, 0}, {4, 0, 0}}},
};

Status check_size(Size size) {
    if (size.width >= 1 && size.height >= 1 && size.width <= Image::kMaxSide &&
        size.height <= Image::kMaxSide)
        return Ok{};
    return {Code::Invalid, "picture of " + std::to_string(size.width) + "x" +
                               std::to_string(size.height) + " pixels, expected 1.." +
                               std::to_string(Image::kMaxSide) + " a side"};
}

/// Geometry of plane i without data.
MutablePlane plane_geometry(Size size, PixelFormat format, int i) {
    const PlaneLayout& layout = format_info(format).plane[i];
    MutablePlane plane;
    plane.width = (size.width + (1 << layout.shift_x) - 1) >> layout.shift_x;
    plane.height = (size.height + (1 << layout.shift_y) - 1) >> layout.shift_y;
    plane.bytes_per_pixel = layout.bytes_per_pixel;
    return plane;
}

constexpr std::size_t kRowAlignment = 64;

}  // namespace

const FormatInfo& format_info(PixelFormat format) { return kFormats[static_cast<int>(format)]; }

std::optional<PixelFormat> parse_pixel_format(std::string_view name) {
    for (std::size_t i = 0; i < std::size(kFormats); ++i)
        if (kFormats[i].name == name) return static_cast<PixelFormat>(i);
    return std::nullopt;
}

Result<Image> Image::allocate(Size size, PixelFormat format, Pool* pool) {
    TARSIER_CHECK(check_size(size));
    Image image;
    image.size_ = size;
    image.format_ = format;
    image.writable_ = true;
    std::size_t total = 0;
    std::size_t offsets[kMaxPlanes] = {};
    for (int i = 0; i < image.plane_count(); ++i) {
        MutablePlane plane = plane_geometry(size, format, i);
        const std::size_t row =
            static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.bytes_per_pixel);
        plane.stride =
            static_cast<std::ptrdiff_t>((row + kRowAlignment - 1) / kRowAlignment * kRowAlignment);
        offsets[i] = total;
        total += static_cast<std::size_t>(plane.stride) * static_cast<std::size_t>(plane.height);
        image.planes_[static_cast<std::size_t>(i)] = plane;
    }
    std::shared_ptr<std::uint8_t> block = pool ? pool->acquire(total) : Pool::allocate(total);
    if (!block)
        return {Code::Exhausted, "no memory for a picture of " + std::to_string(total) + " bytes"};
    for (int i = 0; i < image.plane_count(); ++i)
        image.planes_[static_cast<std::size_t>(i)].data = block.get() + offsets[i];
    image.owner_ = std::move(block);
    return image;
}

Result<Image> Image::wrap(Size size, PixelFormat format, std::span<const Plane> planes,
                          std::shared_ptr<const void> owner) {
    TARSIER_CHECK(check_size(size));
    Image image;
    image.size_ = size;
    image.format_ = format;
    if (planes.size() != static_cast<std::size_t>(image.plane_count()))
        return {Code::Invalid, std::string(format_info(format).name) + " has " +
                                   std::to_string(image.plane_count()) + " planes, got " +
                                   std::to_string(planes.size())};
    for (int i = 0; i < image.plane_count(); ++i) {
        MutablePlane plane = plane_geometry(size, format, i);
        const Plane& given = planes[static_cast<std::size_t>(i)];
        if (!given.data ||
            given.stride < static_cast<std::ptrdiff_t>(plane.width) * plane.bytes_per_pixel)
            return {Code::Invalid, "plane " + std::to_string(i) + ": stride of " +
                                       std::to_string(given.stride) +
                                       " bytes is shorter than a row"};
        // Kept as a mutable pointer so that both kinds share one array; mutable_plane() is refused.
        plane.data = const_cast<std::uint8_t*>(given.data);
        plane.stride = given.stride;
        image.planes_[static_cast<std::size_t>(i)] = plane;
    }
    image.owner_ = std::move(owner);
    return image;
}

Plane Image::plane(int i) const {
    const MutablePlane& plane = planes_[static_cast<std::size_t>(i)];
    return {plane.data, plane.stride, plane.width, plane.height, plane.bytes_per_pixel};
}

MutablePlane Image::mutable_plane(int i) {
    return writable_ ? planes_[static_cast<std::size_t>(i)] : MutablePlane{};
}

Result<Image> Image::clone(Pool* pool) const {
    TARSIER_TRY(Image copy, allocate(size_, format_, pool));
    copy.color = color;
    for (int i = 0; i < plane_count(); ++i) {
        const Plane from = plane(i);
        const MutablePlane to = copy.mutable_plane(i);
        for (int y = 0; y < from.height; ++y)
            std::memcpy(to.row(y), from.row(y), from.row_span(y).size());
    }
    return copy;
}

}  // namespace tarsier
