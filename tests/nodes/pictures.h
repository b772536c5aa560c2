// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <tarsier/media/image.h>

#include <functional>

namespace tarsier::testing {

/// A picture whose bytes are value(plane, x, y, channel), x and y in pixels of the plane.
inline Image paint(Size size, PixelFormat format,
                   const std::function<int(int, int, int, int)>& value) {
    Image image = *Image::allocate(size, format);
    for (int p = 0; p < image.plane_count(); ++p) {
        const MutablePlane plane = image.mutable_plane(p);
        for (int y = 0; y < plane.height; ++y)
            for (int x = 0; x < plane.width; ++x)
                for (int c = 0; c < plane.bytes_per_pixel; ++c)
                    plane.row(y)[x * plane.bytes_per_pixel + c] =
                        static_cast<std::uint8_t>(value(p, x, y, c));
    }
    return image;
}

/// All bytes of all planes are `value`.
inline Image plain(Size size, PixelFormat format, int value) {
    return paint(size, format, [value](int, int, int, int) { return value; });
}

/// Byte c of pixel (x, y) of plane p.
inline int at(const Image& image, int x, int y, int c = 0, int p = 0) {
    const Plane plane = image.plane(p);
    return plane.row(y)[x * plane.bytes_per_pixel + c];
}

/// Expects two pictures of the same form to differ by at most `tolerance` everywhere.
inline void expect_alike(const Image& a, const Image& b, int tolerance = 0) {
    ASSERT_EQ(a.size(), b.size());
    ASSERT_EQ(a.format(), b.format());
    for (int p = 0; p < a.plane_count(); ++p)
        for (int y = 0; y < a.plane(p).height; ++y)
            for (std::size_t i = 0; i < a.plane(p).row_span(y).size(); ++i)
                ASSERT_NEAR(int{a.plane(p).row_span(y)[i]}, int{b.plane(p).row_span(y)[i]},
                            tolerance)
                    << "plane " << p << " row " << y << " byte " << i;
}

}  // namespace tarsier::testing
