// SPDX-License-Identifier: Apache-2.0
#include "common/alpha_rows.h"

#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::nodes {

AlphaRows::AlphaRows(const Image& matte, PixelFormat format)
    : matte_(matte.plane()), info_(format_info(format)) {
    const auto width = static_cast<std::size_t>(matte_.width);
    halved_.resize(width / 2 + 1);
    repeated_.resize(width * 4);
}

const std::uint8_t* AlphaRows::row(int p, int y) {
    const kernels::Table& kernel = kernels::table();
    const PlaneLayout& layout = info_.plane[p];
    const std::uint8_t* row = matte_.row(y << layout.shift_y);
    int width = matte_.width;
    if (layout.shift_x) {
        const std::uint8_t* below = matte_.row(std::min(2 * y + 1, matte_.height - 1));
        kernel.halve_u8(row, below, halved_.data(), width / 2);
        if (width % 2)
            halved_[static_cast<std::size_t>(width / 2)] =
                static_cast<std::uint8_t>((row[width - 1] + below[width - 1] + 1) >> 1);
        row = halved_.data();
        width = (width + 1) / 2;
    }
    if (layout.bytes_per_pixel == 1) return row;
    kernel.repeat_u8(row, layout.bytes_per_pixel, repeated_.data(), width);
    return repeated_.data();
}

void blend_over(Image& image, const Image& top, const Image& alpha, int x, int y) {
    AlphaRows alphas(alpha, image.format());
    for (int p = 0; p < image.plane_count(); ++p) {
        const PlaneLayout& layout = format_info(image.format()).plane[p];
        const MutablePlane to = image.mutable_plane(p);
        const Plane from = top.plane(p);
        const int left = x >> layout.shift_x;
        const int upper = y >> layout.shift_y;
        const int width = std::min(from.width, to.width - left) * to.bytes_per_pixel;
        const int height = std::min(from.height, to.height - upper);
        if (width <= 0) continue;
        for (int row = 0; row < height; ++row) {
            std::uint8_t* dst = to.row(upper + row) + left * to.bytes_per_pixel;
            kernels::table().blend_u8(from.row(row), dst, alphas.row(p, row), dst, width);
        }
    }
}

}  // namespace tarsier::nodes
