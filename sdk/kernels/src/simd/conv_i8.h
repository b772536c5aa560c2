// SPDX-License-Identifier: Apache-2.0
// The dense convolutions of levels of every level of instructions, around its matrix product.
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include "simd/gemm_i8.h"

namespace tarsier::kernels {
namespace scalar {
void conv_i8(const ConvI8& args, int begin, int end);
}

namespace {

constexpr std::ptrdiff_t kBufferBytes = 24 * 1024;

std::ptrdiff_t in_groups(std::ptrdiff_t inputs) { return (inputs + kGroup - 1) / kGroup * kGroup; }

/// Pixels of three levels to pixels of four, two at a time. What is read behind the last one meets
/// weights of zero; room for one pixel more is there.
[[maybe_unused]] void widen_pixels(const std::uint8_t* src, int count, std::uint8_t* dst) {
    for (int i = 0; i < count; i += 2, src += 6, dst += 8) {
        std::uint64_t x;
        __builtin_memcpy(&x, src, sizeof x);
        x = (x & 0xffffff) | (x >> 24 & 0xffffff) << 32;
        __builtin_memcpy(dst, &x, sizeof x);
    }
}

/// `count` pixels from column `first` on of source row `sy`, in whole groups of channels; the
/// padding where they lie outside.
void gather_row(const ConvI8& args, int sy, int first, int count, std::uint8_t* dst) {
    const std::ptrdiff_t step = in_groups(args.in_channels);
    const bool outside = sy < 0 || sy >= args.src_height;
    const int before = outside || first >= args.src_width ? count : first < 0 ? -first : 0;
    const int left = before < count ? before : count;
    int inside = args.src_width - (first + left);
    if (outside || inside < 0) inside = 0;
    if (inside > count - left) inside = count - left;
    const std::uint8_t* src =
        args.src + (std::ptrdiff_t{sy} * args.src_width + first + left) * args.src_stride;
    std::uint8_t* const to = dst + left * step;
    if (inside > 0 && args.src_stride == step)
        __builtin_memcpy(to, src, static_cast<std::size_t>(inside * step));
    else if (args.in_channels == 3 && args.src_stride == 3)
        widen_pixels(src, inside, to);
    else
        for (int i = 0; i < inside; ++i)
            __builtin_memcpy(to + i * step, src + i * args.src_stride,
                             static_cast<std::size_t>(args.in_channels));
    __builtin_memset(dst, args.src_zero_point, static_cast<std::size_t>(left * step));
    __builtin_memset(to + inside * step, args.src_zero_point,
                     static_cast<std::size_t>((count - left - inside) * step));
}

/// gemm(product, pixels) writes all output channels of so many pixels.
template <class Gemm>
void conv1x1_by(const Gemm& gemm, const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const std::ptrdiff_t inputs = in_groups(args.in_channels);
    gemm(GemmI8{.src = args.src + begin * args.src_stride,
                .src_step = args.src_stride,
                .dst = args.dst + begin * args.dst_stride,
                .dst_step = args.dst_stride,
                .weights = args.weights,
                .panel = inputs * kPanel,
                .out_channels = args.out_channels,
                .rows = 1,
                .src_row = 0,
                .columns = 1,
                .src_column = 0,
                .inputs = inputs,
                .requant = args.requant},
         end - begin);
}

/// The rows of the source that an output row needs are laid out with their padding first: windows
/// then meet the same everywhere, and pixels hold whole groups.
template <class Gemm>
void conv_by(const Gemm& gemm, const ConvI8& args, int begin, int end) {
    const std::ptrdiff_t step = in_groups(args.in_channels);
    const int reach = (args.kernel_w - 1) * args.dilation_w + 1;
    const std::ptrdiff_t capacity = kBufferBytes / args.kernel_h / step - 4;  // source pixels
    if (capacity < reach) return scalar::conv_i8(args, begin, end);
    alignas(64) std::uint8_t buffer[kBufferBytes];
    const std::ptrdiff_t most = (capacity - reach) / args.stride_w + 1;
    const int columns = most < args.dst_width ? static_cast<int>(most) : args.dst_width;
    const std::ptrdiff_t row = ((columns - 1) * args.stride_w + reach + 4) * step;
    const bool one_run = args.dilation_w == 1;
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; x += columns) {
            const int count = x + columns < args.dst_width ? columns : args.dst_width - x;
            for (int ky = 0; ky < args.kernel_h; ++ky)
                gather_row(args, y * args.stride_h - args.pad_top + ky * args.dilation_h,
                           x * args.stride_w - args.pad_left, (count - 1) * args.stride_w + reach,
                           buffer + ky * row);
            const std::ptrdiff_t pixel = std::ptrdiff_t{y} * args.dst_width + x;
            gemm(GemmI8{.src = buffer,
                        .src_step = args.stride_w * step,
                        .dst = args.dst + pixel * args.dst_stride,
                        .dst_step = args.dst_stride,
                        .weights = args.weights,
                        .panel = args.kernel_h * args.kernel_w * step * kPanel,
                        .out_channels = args.out_channels,
                        .rows = args.kernel_h,
                        .src_row = row,
                        .columns = one_run ? 1 : args.kernel_w,
                        .src_column = args.dilation_w * step,
                        .inputs = one_run ? args.kernel_w * step : step,
                        .requant = args.requant},
                 count);
        }
}

}  // namespace
}  // namespace tarsier::kernels
