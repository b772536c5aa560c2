// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

/// One output row.
struct Row {
    const ConvF32& args;
    float* dst;
    int top;  ///< source row of the first tap
    Taps rows;
    std::ptrdiff_t padded;  ///< channels of weights and bias

    /// kPixels neighbouring pixels that meet the same taps, 8 channels: every weight is loaded once
    /// for all.
    template <int kPixels, bool kMasked>
    void tile(int x, Taps columns, int channel) const {
        const __m256i mask = first_lanes(kMasked ? args.out_channels - channel : kLanes);
        const std::ptrdiff_t step = args.stride_w * args.src_stride;
        __m256 sum[kPixels];
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) sum[p] = _mm256_load_ps(args.bias + channel);
        for (int ky = rows.first; ky < rows.last; ++ky) {
            const std::ptrdiff_t row = std::ptrdiff_t{top + ky * args.dilation_h} * args.src_width;
            const float* src =
                args.src + channel +
                (row + x * args.stride_w - args.pad_left + columns.first * args.dilation_w) *
                    args.src_stride;
            const float* weights =
                args.weights + channel + (ky * args.kernel_w + columns.first) * padded;
            for (int kx = columns.first; kx < columns.last; ++kx) {
                const __m256 w = _mm256_load_ps(weights);
#pragma GCC unroll 8
                for (int p = 0; p < kPixels; ++p) {
                    const float* in = src + p * step;
                    const __m256 value =
                        kMasked ? _mm256_maskload_ps(in, mask) : _mm256_loadu_ps(in);
                    sum[p] = _mm256_fmadd_ps(value, w, sum[p]);
                }
                src += args.dilation_w * args.src_stride;
                weights += padded;
            }
        }
        const __m256 min = _mm256_set1_ps(args.min);
        const __m256 max = _mm256_set1_ps(args.max);
        float* out = dst + x * args.dst_stride + channel;
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
            const __m256 value = clamp(sum[p], min, max);
            if constexpr (kMasked)
                _mm256_maskstore_ps(out + p * args.dst_stride, mask, value);
            else
                _mm256_storeu_ps(out + p * args.dst_stride, value);
        }
    }

    template <int kPixels>
    void pixels(int x, Taps columns) const {
        int channel = 0;
        for (; channel + kLanes <= args.out_channels; channel += kLanes)
            tile<kPixels, false>(x, columns, channel);
        if (channel < args.out_channels) tile<kPixels, true>(x, columns, channel);
    }

    Taps columns_at(int x) const {
        return taps_at(x * args.stride_w - args.pad_left, args.kernel_w, args.dilation_w,
                       args.src_width);
    }

    /// Whether `count` pixels from x on exist and meet the same columns of the kernel.
    bool alike(int x, int count, Taps columns) const {
        return x + count <= args.dst_width && columns_at(x + count - 1) == columns;
    }

    void run() const {
        for (int x = 0; x < args.dst_width;) {
            const Taps columns = columns_at(x);
            if (alike(x, 8, columns)) {
                pixels<8>(x, columns);
                x += 8;
            } else if (alike(x, 4, columns)) {
                pixels<4>(x, columns);
                x += 4;
            } else if (alike(x, 2, columns)) {
                pixels<2>(x, columns);
                x += 2;
            } else {
                pixels<1>(x, columns);
                ++x;
            }
        }
    }
};

}  // namespace

void depthwise_f32(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
    for (int y = begin; y < end; ++y) {
        const int top = y * args.stride_h - args.pad_top;
        const Row row{args, args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride, top,
                      taps_at(top, args.kernel_h, args.dilation_h, args.src_height), padded};
        row.run();
    }
}

}  // namespace tarsier::kernels::avx2
