// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

/// One output row. Tiles are eight channels of a few pixels, whose sums stay in registers.
struct Row {
    const ConvF32& args;
    int y;
    Taps rows;
    std::ptrdiff_t padded;  ///< channels of weights and bias

    const float* source(int ky, int sx) const {
        const int sy = y * args.stride_h - args.pad_top + ky * args.dilation_h;
        return args.src + (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride;
    }

    template <int kPixels, bool kMasked>
    void store(const __m256 (&sum)[kPixels], int x, int spacing, int channel, __m256i mask) const {
        const __m256 min = _mm256_set1_ps(args.min);
        const __m256 max = _mm256_set1_ps(args.max);
        const std::ptrdiff_t step = spacing * args.dst_stride;
        float* out =
            args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride + channel;
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
            const __m256 value = clamp(sum[p], min, max);
            if constexpr (kMasked)
                _mm256_maskstore_ps(out + p * step, mask, value);
            else
                _mm256_storeu_ps(out + p * step, value);
        }
    }

    /// kPixels neighbours that meet the same taps: every weight is loaded once for all.
    template <int kPixels, bool kMasked>
    void any(int x, Taps columns, int channel) const {
        const __m256i mask = first_lanes(kMasked ? args.out_channels - channel : kLanes);
        const int left = x * args.stride_w - args.pad_left;
        const std::ptrdiff_t step = args.stride_w * args.src_stride;
        __m256 sum[kPixels];
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) sum[p] = _mm256_load_ps(args.bias + channel);
        for (int ky = rows.first; ky < rows.last; ++ky)
            for (int kx = columns.first; kx < columns.last; ++kx) {
                const float* in = source(ky, left + kx * args.dilation_w) + channel;
                const __m256 w =
                    _mm256_load_ps(args.weights + (ky * args.kernel_w + kx) * padded + channel);
#pragma GCC unroll 8
                for (int p = 0; p < kPixels; ++p) {
                    const __m256 value = kMasked ? _mm256_maskload_ps(in + p * step, mask)
                                                 : _mm256_loadu_ps(in + p * step);
                    sum[p] = _mm256_fmadd_ps(value, w, sum[p]);
                }
            }
        store<kPixels, kMasked>(sum, x, 1, channel, mask);
    }

    /// kPixels outputs of a kernel three wide, all columns inside the picture. With stride 1 the
    /// outputs lie a dilation apart, so that neighbours share two of three inputs: each input is
    /// loaded once.
    template <int kPixels, int kStride>
    void three_wide(int x, int channel) const {
        constexpr int kInputs = kStride * (kPixels - 1) + 3;
        const int spacing = kStride == 1 ? args.dilation_w : 1;
        const std::ptrdiff_t step = spacing * args.src_stride;
        const int left = x * args.stride_w - args.pad_left;
        __m256 sum[kPixels];
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) sum[p] = _mm256_load_ps(args.bias + channel);
        for (int ky = rows.first; ky < rows.last; ++ky) {
            const float* in = source(ky, left) + channel;
            const float* weights = args.weights + ky * 3 * padded + channel;
            const __m256 w[3] = {_mm256_load_ps(weights), _mm256_load_ps(weights + padded),
                                 _mm256_load_ps(weights + 2 * padded)};
#pragma GCC unroll 17
            for (int j = 0; j < kInputs; ++j) {
                const __m256 value = _mm256_loadu_ps(in);
                in += step;
#pragma GCC unroll 3
                for (int kx = 0; kx < 3; ++kx) {
                    const int offset = j - kx;
                    if (offset >= 0 && offset % kStride == 0 && offset / kStride < kPixels)
                        sum[offset / kStride] =
                            _mm256_fmadd_ps(value, w[kx], sum[offset / kStride]);
                }
            }
        }
        store<kPixels, false>(sum, x, spacing, channel, first_lanes(kLanes));
    }

    template <int kPixels, int kStride>
    void channels(int x) const {
        int channel = 0;
        for (; channel + kLanes <= args.out_channels; channel += kLanes)
            three_wide<kPixels, kStride>(x, channel);
        if (channel == args.out_channels) return;
        const int spacing = kStride == 1 ? args.dilation_w : 1;
        for (int p = 0; p < kPixels; ++p) any<1, true>(x + p * spacing, Taps{0, 3}, channel);
    }

    /// The last tile overlaps the one before it, which costs less than a tail of small ones.
    template <int kPixels, int kStride>
    void overlapping(int x, int count, int spacing) const {
        for (int done = 0; done + kPixels < count; done += kPixels)
            channels<kPixels, kStride>(x + done * spacing);
        channels<kPixels, kStride>(x + (count - kPixels) * spacing);
    }

    /// `count` outputs from x on, `spacing` apart.
    template <int kStride>
    void tiles(int x, int count, int spacing) const {
        if (count >= 8) return overlapping<8, kStride>(x, count, spacing);
        if (count >= 6) return overlapping<6, kStride>(x, count, spacing);
        if (count >= 4) return overlapping<4, kStride>(x, count, spacing);
        for (int done = 0; done < count; ++done) channels<1, kStride>(x + done * spacing);
    }

    template <int kPixels>
    void any_channels(int x, Taps columns) const {
        int channel = 0;
        for (; channel + kLanes <= args.out_channels; channel += kLanes)
            any<kPixels, false>(x, columns, channel);
        if (channel < args.out_channels) any<kPixels, true>(x, columns, channel);
    }

    Taps columns_at(int x) const {
        return taps_at(x * args.stride_w - args.pad_left, args.kernel_w, args.dilation_w,
                       args.src_width);
    }

    /// Outputs [x, last), in runs that meet the same columns.
    void border(int x, int last) const {
        while (x < last) {
            const Taps columns = columns_at(x);
            int count = 1;
            while (x + count < last && count < 8 && columns_at(x + count) == columns) ++count;
            if (count == 8)
                any_channels<8>(x, columns);
            else if (count >= 4)
                any_channels<4>(x, columns);
            else if (count >= 2)
                any_channels<2>(x, columns);
            else
                any_channels<1>(x, columns);
            x += count == 8 ? 8 : count >= 4 ? 4 : count >= 2 ? 2 : 1;
        }
    }

    /// All outputs; those of [first, last) meet all columns of the kernel.
    void run(int first, int last) const {
        const bool three = args.kernel_w == 3;
        if (three && args.stride_w == 1) {
            const int spacing = args.dilation_w;
            for (int x = first; x < first + spacing && x < last; ++x)
                tiles<1>(x, (last - x + spacing - 1) / spacing, spacing);
        } else if (three && args.stride_w == 2 && args.dilation_w == 1) {
            tiles<2>(first, last - first, 1);
        } else {
            last = first;
        }
        border(0, first);
        border(last, args.dst_width);
    }
};

}  // namespace

void depthwise_f32(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
    const int last = whole_until(args.dst_width, args.kernel_w, args.stride_w, args.dilation_w,
                                 args.pad_left, args.src_width);
    int first = (args.pad_left + args.stride_w - 1) / args.stride_w;
    if (first > last) first = last;
    for (int y = begin; y < end; ++y) {
        const Taps rows = taps_at(y * args.stride_h - args.pad_top, args.kernel_h, args.dilation_h,
                                  args.src_height);
        Row{args, y, rows, padded}.run(first, last);
    }
}

}  // namespace tarsier::kernels::avx2
