// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "gemm_tile.h"
#include "taps.h"

namespace tarsier::kernels::neon {
namespace {

/// One panel of outputs in one output row.
struct Row {
    const ConvF32& args;
    const float* weights;
    const float* bias;
    float* dst;
    int channels;
    int top;  ///< source row of the first tap
    Taps rows;
    int whole_end;  ///< behind the last output that meets all columns of the kernel

    template <int kRows, int kVectors>
    void tile(int x, Taps columns) const {
        const int left = x * args.stride_w - args.pad_left;
        const std::ptrdiff_t step = args.stride_w * args.src_stride;
        const bool dense = args.dilation_w == 1 && args.src_stride == args.in_channels;
        Tile<kRows, kVectors> tile;
        tile.start(bias);
        for (int ky = rows.first; ky < rows.last; ++ky) {
            const std::ptrdiff_t row =
                std::ptrdiff_t{top + ky * args.dilation_h} * args.src_width + left;
            const float* w =
                weights + std::ptrdiff_t{ky * args.kernel_w} * args.in_channels * kPanel;
            // Neighbouring taps of a dense source are one run of inputs.
            const int run = dense ? columns.last - columns.first : 1;
            for (int kx = columns.first; kx < columns.last; kx += run)
                tile.add(args.src + (row + kx * args.dilation_w) * args.src_stride, step,
                         w + std::ptrdiff_t{kx} * args.in_channels * kPanel,
                         std::ptrdiff_t{run} * args.in_channels);
        }
        tile.store(dst + x * args.dst_stride, args.dst_stride, channels, args.min, args.max);
    }

    Taps columns_at(int x) const {
        return taps_at(x * args.stride_w - args.pad_left, args.kernel_w, args.dilation_w,
                       args.src_width);
    }

    template <int kRows, int kVectors>
    void run() const {
        for (int x = 0; x < args.dst_width;) {
            const Taps columns = columns_at(x);
            if (columns == Taps{0, args.kernel_w} && whole_end - x >= kRows) {
                // The last tile overlaps the one before it.
                for (; x + kRows < whole_end; x += kRows) tile<kRows, kVectors>(x, columns);
                tile<kRows, kVectors>(whole_end - kRows, columns);
                x = whole_end;
            } else {
                tile<1, kVectors>(x, columns);
                ++x;
            }
        }
    }
};

}  // namespace

void conv_f32(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t panel_floats =
        std::ptrdiff_t{args.kernel_h} * args.kernel_w * args.in_channels * kPanel;
    const int whole_end = whole_until(args.dst_width, args.kernel_w, args.stride_w, args.dilation_w,
                                      args.pad_left, args.src_width);
    for (int y = begin; y < end; ++y) {
        const int top = y * args.stride_h - args.pad_top;
        const Taps rows = taps_at(top, args.kernel_h, args.dilation_h, args.src_height);
        for (int first = 0; first < args.out_channels; first += kPanel) {
            const int left = args.out_channels - first;
            const Row row{args,
                          args.weights + first / kPanel * panel_floats,
                          args.bias + first,
                          args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride + first,
                          left < kPanel ? left : kPanel,
                          top,
                          rows,
                          whole_end};
            with_tile(row.channels, [&]<int kRows, int kVectors>() { row.run<kRows, kVectors>(); });
        }
    }
}

}  // namespace tarsier::kernels::neon
