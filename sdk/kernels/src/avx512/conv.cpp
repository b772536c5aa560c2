// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "gemm.h"
#include "taps.h"

namespace tarsier::kernels::avx512 {
namespace {

/// Output row y, in runs of pixels that meet the same columns of the kernel.
void row(const ConvF32& args, int y) {
    const int top = y * args.stride_h - args.pad_top;
    const Taps rows = taps_at(top, args.kernel_h, args.dilation_h, args.src_height);
    const std::ptrdiff_t tap = std::ptrdiff_t{args.in_channels} * kPanel;
    const std::ptrdiff_t src_row = args.src_width * args.src_stride;
    const float* const src = args.src + (top + rows.first * args.dilation_h) * src_row;
    float* const dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride;
    const bool dense = args.dilation_w == 1 && args.src_stride == args.in_channels;
    for (int x = 0; x < args.dst_width;) {
        const int left = x * args.stride_w - args.pad_left;
        const Taps columns = taps_at(left, args.kernel_w, args.dilation_w, args.src_width);
        const int last = same_until(args.dst_width, x, columns, args.kernel_w, args.stride_w,
                                    args.dilation_w, args.pad_left, args.src_width);
        // Neighbouring taps of a dense source are one run of inputs.
        const int count = columns.last - columns.first;
        gemm({.src = src + (left + columns.first * args.dilation_w) * args.src_stride,
              .src_step = args.stride_w * args.src_stride,
              .dst = dst + x * args.dst_stride,
              .dst_step = args.dst_stride,
              .weights = args.weights + (rows.first * args.kernel_w + columns.first) * tap,
              .panel = args.kernel_h * args.kernel_w * tap,
              .bias = args.bias,
              .out_channels = args.out_channels,
              .rows = rows.last - rows.first,
              .src_row = args.dilation_h * src_row,
              .weights_row = args.kernel_w * tap,
              .columns = dense ? count > 0 : count,
              .src_column = args.dilation_w * args.src_stride,
              .weights_column = tap,
              .inputs = std::ptrdiff_t{dense ? count : 1} * args.in_channels,
              .min = args.min,
              .max = args.max},
             last - x);
        x = last;
    }
}

}  // namespace

void conv_f32(const ConvF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y) row(args, y);
}

}  // namespace tarsier::kernels::avx512
