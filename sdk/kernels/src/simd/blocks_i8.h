// SPDX-License-Identifier: Apache-2.0
// How the kernels on levels of every level of instructions walk over pixels. Everything has
// internal linkage.
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {
namespace {

/// Levels that most loops take at a time.
constexpr int kBlock = 16;

/// Calls block(i, count) for levels [i, i + count) of `n`, sixteen at a time and the rest: sources
/// may be read beyond it.
template <class Block>
[[gnu::always_inline]] inline void for_blocks(std::ptrdiff_t n, const Block& block) {
    std::ptrdiff_t i = 0;
    for (; i + kBlock <= n; i += kBlock) block(i, kBlock);
    if (i < n) block(i, static_cast<int>(n - i));
}

/// Calls run(pixel, levels) for runs of contiguous levels: all pixels at once where nothing lies
/// between them.
template <class Run>
[[gnu::always_inline]] inline void for_runs(bool dense, int channels, std::ptrdiff_t begin,
                                            std::ptrdiff_t end, const Run& run) {
    if (dense) return run(begin, (end - begin) * channels);
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) run(pixel, channels);
}

/// The part of a window that lies in the picture.
struct WindowPart {
    const std::uint8_t* src;
    int rows, columns;
};

[[maybe_unused]] WindowPart window_part(const PoolI8& args, int y, int x) {
    int top = y * args.stride_h - args.pad_top;
    int left = x * args.stride_w - args.pad_left;
    int bottom = top + args.kernel_h;
    int right = left + args.kernel_w;
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    if (bottom > args.src_height) bottom = args.src_height;
    if (right > args.src_width) right = args.src_width;
    return {args.src + (std::ptrdiff_t{top} * args.src_width + left) * args.src_stride,
            bottom - top, right - left};
}

/// Calls pixel(part, dst) for every output pixel of rows [begin, end).
template <class Pixel>
void for_windows(const PoolI8& args, int begin, int end, const Pixel& pixel) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; ++x)
            pixel(window_part(args, y, x),
                  args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride);
}

}  // namespace
}  // namespace tarsier::kernels
