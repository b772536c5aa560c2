// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "gemm.h"
#include "taps.h"

namespace tarsier::kernels::avx512 {
namespace {

/// The first output coordinate behind x, of `outputs`, that meets other taps than `taps`, those of
/// x.
int same_until(int outputs, int x, Taps taps, int kernel, int stride, int dilation, int pad,
               int length) {
    if (taps == Taps{0, kernel}) return whole_until(outputs, kernel, stride, dilation, pad, length);
    int last = x + 1;
    while (last < outputs && taps_at(last * stride - pad, kernel, dilation, length) == taps) ++last;
    return last;
}

/// An output row: its rows of taps, and the row of the source that the first of them meets.
struct Row {
    Taps taps;
    const float* src;
    std::ptrdiff_t src_row;     ///< from one row of taps to the next
    std::ptrdiff_t src_stride;  ///< from pixel to pixel
    int src_width;
    int pad;
    float* dst;
};

/// In runs of pixels that meet the same columns of the kernel.
void runs(const ConvF32& args, const Row& row) {
    const std::ptrdiff_t tap = std::ptrdiff_t{args.in_channels} * kPanel;
    const bool dense = args.dilation_w == 1 && row.src_stride == args.in_channels;
    for (int x = 0; x < args.dst_width;) {
        const int left = x * args.stride_w - row.pad;
        const Taps columns = taps_at(left, args.kernel_w, args.dilation_w, row.src_width);
        const int last = same_until(args.dst_width, x, columns, args.kernel_w, args.stride_w,
                                    args.dilation_w, row.pad, row.src_width);
        // Neighbouring taps of a dense source are one run of inputs.
        const int count = columns.last - columns.first;
        gemm({.src = row.src + (left + columns.first * args.dilation_w) * row.src_stride,
              .src_step = args.stride_w * row.src_stride,
              .dst = row.dst + x * args.dst_stride,
              .dst_step = args.dst_stride,
              .weights = args.weights + (row.taps.first * args.kernel_w + columns.first) * tap,
              .panel = args.kernel_h * args.kernel_w * tap,
              .bias = args.bias,
              .out_channels = args.out_channels,
              .rows = row.taps.last - row.taps.first,
              .src_row = row.src_row,
              .weights_row = args.kernel_w * tap,
              .columns = dense ? count > 0 : count,
              .src_column = args.dilation_w * row.src_stride,
              .weights_column = tap,
              .inputs = std::ptrdiff_t{dense ? count : 1} * args.in_channels,
              .min = args.min,
              .max = args.max},
             last - x);
        x = last;
    }
}

// A source row with its padding: copied where it is no longer than this.
constexpr std::ptrdiff_t kPaddedFloats = 4096;

/// Pixels of a padded source row, or 0 where the row is read in place. Copying a short one costs
/// less than the pixels near a border, each of which would be a run of its own.
int padded_width(const ConvF32& args) {
    const int width =
        (args.dst_width - 1) * args.stride_w + (args.kernel_w - 1) * args.dilation_w + 1;
    const bool fits = std::ptrdiff_t{width} * args.in_channels <= kPaddedFloats;
    return args.kernel_h == 1 && args.kernel_w > 1 && fits ? width : 0;
}

/// Output row y.
void row(const ConvF32& args, int y) {
    const int top = y * args.stride_h - args.pad_top;
    Row row{.taps = taps_at(top, args.kernel_h, args.dilation_h, args.src_height),
            .src = args.src,
            .src_row = args.dilation_h * args.src_width * args.src_stride,
            .src_stride = args.src_stride,
            .src_width = args.src_width,
            .pad = args.pad_left,
            .dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride};
    row.src +=
        std::ptrdiff_t{top + row.taps.first * args.dilation_h} * args.src_width * args.src_stride;
    const int width = padded_width(args);
    if (width == 0 || row.taps.first == row.taps.last) return runs(args, row);
    float padded[kPaddedFloats];
    float* out = padded;
    for (int x = -args.pad_left; x < width - args.pad_left; ++x) {
        const bool inside = x >= 0 && x < args.src_width;
        const float* const in = row.src + x * args.src_stride;
        for (int c = 0; c < args.in_channels; ++c) out[c] = inside ? in[c] : 0.0F;
        out += args.in_channels;
    }
    row.src = padded;
    row.src_stride = args.in_channels;
    row.src_width = width;
    row.pad = 0;
    runs(args, row);
}

}  // namespace

void conv_f32(const ConvF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y) row(args, y);
}

}  // namespace tarsier::kernels::avx512
