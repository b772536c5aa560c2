// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

/// One output row. Tiles are four channels of a few pixels, whose sums stay in registers.
struct Row {
    const ConvF32& args;
    int y;
    Taps rows;
    std::ptrdiff_t padded;  ///< channels of weights and bias

    const float* source(int ky, int sx) const {
        const int sy = y * args.stride_h - args.pad_top + ky * args.dilation_h;
        return args.src + (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride;
    }

    template <int kPixels>
    void store(const float32x4_t (&sum)[kPixels], int x, int spacing, int channel) const {
        const float32x4_t min = vdupq_n_f32(args.min);
        const float32x4_t max = vdupq_n_f32(args.max);
        const std::ptrdiff_t step = spacing * args.dst_stride;
        const int left = args.out_channels - channel;
        float* out =
            args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride + channel;
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p)
            store_first(out + p * step, clamp(sum[p], min, max), left);
    }

    /// kPixels neighbours that meet the same taps: every weight is loaded once for all.
    template <int kPixels>
    void any(int x, Taps columns, int channel) const {
        const int channels_left = args.out_channels - channel;
        const int left = x * args.stride_w - args.pad_left;
        const std::ptrdiff_t step = args.stride_w * args.src_stride;
        float32x4_t sum[kPixels];
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) sum[p] = vld1q_f32(args.bias + channel);
        for (int ky = rows.first; ky < rows.last; ++ky)
            for (int kx = columns.first; kx < columns.last; ++kx) {
                const float* in = source(ky, left + kx * args.dilation_w) + channel;
                const float32x4_t w =
                    vld1q_f32(args.weights + (ky * args.kernel_w + kx) * padded + channel);
#pragma GCC unroll 8
                for (int p = 0; p < kPixels; ++p)
                    sum[p] = vfmaq_f32(sum[p], load_first(in + p * step, channels_left), w);
            }
        store<kPixels>(sum, x, 1, channel);
    }

    /// kPixels outputs of a kernel kWide wide, all columns inside the picture. With stride 1 the
    /// outputs lie a dilation apart, so that neighbours share inputs: each input is loaded once.
    template <int kWide, int kPixels, int kStride>
    void wide(int x, int channel) const {
        constexpr int kInputs = kStride * (kPixels - 1) + kWide;
        const int spacing = kStride == 1 ? args.dilation_w : 1;
        const std::ptrdiff_t step = spacing * args.src_stride;
        const int left = x * args.stride_w - args.pad_left;
        float32x4_t sum[kPixels];
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) sum[p] = vld1q_f32(args.bias + channel);
        for (int ky = rows.first; ky < rows.last; ++ky) {
            const float* in = source(ky, left) + channel;
            const float* weights = args.weights + ky * kWide * padded + channel;
            float32x4_t w[kWide];
#pragma GCC unroll 5
            for (int kx = 0; kx < kWide; ++kx) w[kx] = vld1q_f32(weights + kx * padded);
#pragma GCC unroll 19
            for (int j = 0; j < kInputs; ++j) {
                const float32x4_t value = vld1q_f32(in);
                in += step;
#pragma GCC unroll 5
                for (int kx = 0; kx < kWide; ++kx) {
                    const int offset = j - kx;
                    if (offset >= 0 && offset % kStride == 0 && offset / kStride < kPixels)
                        sum[offset / kStride] = vfmaq_f32(sum[offset / kStride], value, w[kx]);
                }
            }
        }
        store<kPixels>(sum, x, spacing, channel);
    }

    template <int kWide, int kPixels, int kStride>
    void channels(int x) const {
        int channel = 0;
        for (; channel + kLanes <= args.out_channels; channel += kLanes)
            wide<kWide, kPixels, kStride>(x, channel);
        if (channel == args.out_channels) return;
        const int spacing = kStride == 1 ? args.dilation_w : 1;
        for (int p = 0; p < kPixels; ++p) any<1>(x + p * spacing, Taps{0, kWide}, channel);
    }

    /// The last tile overlaps the one before it, which costs less than a tail of small ones.
    template <int kWide, int kPixels, int kStride>
    void overlapping(int x, int count, int spacing) const {
        for (int done = 0; done + kPixels < count; done += kPixels)
            channels<kWide, kPixels, kStride>(x + done * spacing);
        channels<kWide, kPixels, kStride>(x + (count - kPixels) * spacing);
    }

    /// `count` outputs from x on, `spacing` apart.
    template <int kWide, int kStride>
    void tiles(int x, int count, int spacing) const {
        if (count >= 8) return overlapping<kWide, 8, kStride>(x, count, spacing);
        if (count >= 4) return overlapping<kWide, 4, kStride>(x, count, spacing);
        for (int done = 0; done < count; ++done) channels<kWide, 1, kStride>(x + done * spacing);
    }

    template <int kPixels>
    void any_channels(int x, Taps columns) const {
        for (int channel = 0; channel < args.out_channels; channel += kLanes)
            any<kPixels>(x, columns, channel);
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
            const int done = count == 8 ? 8 : count >= 4 ? 4 : count >= 2 ? 2 : 1;
            if (done == 8)
                any_channels<8>(x, columns);
            else if (done == 4)
                any_channels<4>(x, columns);
            else if (done == 2)
                any_channels<2>(x, columns);
            else
                any_channels<1>(x, columns);
            x += done;
        }
    }

    /// Outputs [first, last), which meet all columns of a kernel kWide wide.
    template <int kWide>
    void whole(int first, int last) const {
        if (args.stride_w == 2) return tiles<kWide, 2>(first, last - first, 1);
        const int spacing = args.dilation_w;
        for (int x = first; x < first + spacing && x < last; ++x)
            tiles<kWide, 1>(x, (last - x + spacing - 1) / spacing, spacing);
    }

    /// All outputs; those of [first, last) meet all columns of the kernel.
    void run(int first, int last) const {
        const bool tiled = args.stride_w == 1 || (args.stride_w == 2 && args.dilation_w == 1);
        if (tiled && args.kernel_w == 3)
            whole<3>(first, last);
        else if (tiled && args.kernel_w == 5)
            whole<5>(first, last);
        else
            last = first;
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

}  // namespace tarsier::kernels::neon
