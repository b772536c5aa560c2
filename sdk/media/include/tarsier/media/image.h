// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <tarsier/base/result.h>
#include <tarsier/media/pixel_format.h>
#include <tarsier/media/pool.h>

namespace tarsier {

/// Width and height in pixels.
struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size&) const = default;
};

/// One plane: `height` rows of `width` pixels, each row `stride` bytes after the one above.
template <class Byte>
struct PlaneOf {
    Byte* data = nullptr;
    std::ptrdiff_t stride = 0;  ///< bytes
    int width = 0;              ///< pixels of this plane (subsampling applied)
    int height = 0;
    int bytes_per_pixel = 0;

    Byte* row(int y) const { return data + y * stride; }
    /// The bytes of row y that belong to pixels.
    std::span<Byte> row_span(int y) const {
        return {row(y),
                static_cast<std::size_t>(width) * static_cast<std::size_t>(bytes_per_pixel)};
    }
};
using Plane = PlaneOf<const std::uint8_t>;
using MutablePlane = PlaneOf<std::uint8_t>;

/// A picture: a format, a size and planes over memory that `owner` keeps alive.
/// Movable, not copyable: the one holder may write; once sent through a port it is shared and
/// immutable. Memory is a pool's block, or anything else that a shared pointer can hold (a mapped
/// GStreamer buffer). Reentrant.
class Image {
  public:
    static constexpr const char* kTypeName = "Image";
    static constexpr int kMaxSide = 16384;  ///< pixels; larger pictures are refused

    Image() = default;
    Image(Image&&) noexcept = default;
    Image& operator=(Image&&) noexcept = default;
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;

    /// A writable picture with memory of its own (64-byte aligned rows, content undefined).
    /// Fails with Invalid when a side is not within 1..kMaxSide, with Exhausted without memory.
    static Result<Image> allocate(Size size, PixelFormat format, Pool* pool = nullptr);

    /// A picture over foreign memory, read-only, kept alive by `owner`. No copy is made.
    /// planes[i] gives data and stride of plane i; the rest is derived from size and format.
    static Result<Image> wrap(Size size, PixelFormat format, std::span<const Plane> planes,
                              std::shared_ptr<const void> owner);

    bool empty() const { return size_.width == 0; }
    Size size() const { return size_; }
    int width() const { return size_.width; }
    int height() const { return size_.height; }
    PixelFormat format() const { return format_; }
    int plane_count() const { return format_info(format_).planes; }

    ColorSpace color;  ///< meaning of YUV samples; ignored for the other formats

    /// Plane i, 0 <= i < plane_count().
    Plane plane(int i = 0) const;
    /// The same, to write; only for pictures made by allocate().
    MutablePlane mutable_plane(int i = 0);
    bool writable() const { return writable_; }

    /// A writable copy in the same format.
    Result<Image> clone(Pool* pool = nullptr) const;

  private:
    Size size_{};
    PixelFormat format_ = PixelFormat::Gray8;
    bool writable_ = false;
    std::array<MutablePlane, kMaxPlanes> planes_{};
    std::shared_ptr<const void> owner_;
};

}  // namespace tarsier
