// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution without dot products: two products of signed bytes fit 16 bits, since
// weights are never -128, and are added to 32-bit sums together. With a stride of 1 two output rows
// share the levels that they read.
#include <tarsier/kernels/kernels.h>

#include "neon/vector_i8.h"
#include "taps.h"

namespace tarsier::kernels {
namespace scalar {
void depthwise_i8(const ConvI8& args, int begin, int end);
}

namespace neon {
namespace {

constexpr int kMaxTaps = 64;

/// The sums of eight or sixteen channels of an output pixel.
template <int kChannels>
struct Window {
    static constexpr int kHalves = kChannels / 8;
    int16x8_t products[kHalves];
    int32x4_t sum[2 * kHalves];

    explicit Window(const Scaling<kChannels>& scaling) {
        for (int v = 0; v < 2 * kHalves; ++v) sum[v] = scaling.bias[v];
    }

    /// Adds tap `tap` of `taps`; they come in order.
    [[gnu::always_inline]] void add(int tap, int taps, int8x16_t x, int8x16_t w) {
        const bool second = tap % 2 == 1;
        products[0] = second ? vmlal_s8(products[0], vget_low_s8(x), vget_low_s8(w))
                             : vmull_s8(vget_low_s8(x), vget_low_s8(w));
        if constexpr (kHalves == 2)
            products[1] = second ? vmlal_high_s8(products[1], x, w) : vmull_high_s8(x, w);
        if (!second && tap + 1 < taps) return;
        for (int i = 0; i < kHalves; ++i) {
            sum[2 * i] = vaddw_s16(sum[2 * i], vget_low_s16(products[i]));
            sum[2 * i + 1] = vaddw_high_s16(sum[2 * i + 1], products[i]);
        }
    }

    template <int kFraction>
    [[gnu::always_inline]] void store(const Scaling<kChannels>& scaling, std::uint8_t* dst,
                                      int channels) const {
        if constexpr (kHalves == 2)
            store_first(dst, scaling.template levels<kFraction>(sum), channels);
        else
            store_first(dst, scaling.template half<kFraction>(sum[0], sum[1]), channels);
    }
};

/// Channels [channel, channel + kChannels) of a convolution. kSide = 0: any window.
template <int kSide, int kChannels>
class Block {
  public:
    Block(const ConvI8& args, int channel)
        : args_(args),
          channel_(channel),
          scaling_(args.requant, channel),
          first_((args.pad_left + args.stride_w - 1) / args.stride_w),
          last_(whole_until(args.dst_width, args.kernel_w, args.stride_w, args.dilation_w,
                            args.pad_left, args.src_width)) {
        if (first_ > last_) first_ = last_;
        vst1q_u8(padding_, vdupq_n_u8(static_cast<std::uint8_t>(args.src_zero_point)));
        const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
        int16x8_t sum[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
        for (int tap = 0; tap < args.kernel_h * args.kernel_w; ++tap) {
            weights_[tap] = vld1q_s8(args.weights + tap * padded + channel);
            sum[0] = vaddw_s8(sum[0], vget_low_s8(weights_[tap]));
            sum[1] = vaddw_high_s8(sum[1], weights_[tap]);
        }
        // Levels are read less 128.
        for (int i = 0; i < kChannels / 8; ++i) {
            scaling_.bias[2 * i] =
                vaddq_s32(scaling_.bias[2 * i], vshll_n_s16(vget_low_s16(sum[i]), 7));
            scaling_.bias[2 * i + 1] =
                vaddq_s32(scaling_.bias[2 * i + 1], vshll_high_n_s16(sum[i], 7));
        }
    }

    void run(int begin, int end) const {
        const int apart = args_.dilation_h;
        for (int y = begin; y < end; y += 2 * apart)
            for (int i = y; i < y + apart && i < end; ++i) {
                const int other = i + apart;
                if constexpr (kSide > 0) {
                    if (args_.stride_h == 1 && other < end) {
                        row<2>(i);
                        continue;
                    }
                }
                row<1>(i);
                if (other < end) row<1>(other);
            }
    }

  private:
    /// Output row y, and with kOutputs = 2 the one whose window begins a row of taps later.
    template <int kOutputs>
    void row(int y) const {
        if constexpr (kSide == 0) {
            for (int x = 0; x < args_.dst_width; ++x) any_pixel(y, x);
        } else {
            pixels<kOutputs, true>(y, 0, first_);
            pixels<kOutputs, false>(y, first_, last_);
            pixels<kOutputs, true>(y, last_, args_.dst_width);
        }
    }

    /// Column `sx` of a row of the source; null where that lies outside the picture.
    const std::uint8_t* source(int sy, int sx) const {
        if (sy < 0 || sy >= args_.src_height) return nullptr;
        return args_.src + channel_ +
               (std::ptrdiff_t{sy} * args_.src_width + sx) * args_.src_stride;
    }
    std::uint8_t* output(int y, int x) const {
        return args_.dst + channel_ + (std::ptrdiff_t{y} * args_.dst_width + x) * args_.dst_stride;
    }

    void any_pixel(int y, int x) const {
        Window<kChannels> out(scaling_);
        for (int ky = 0; ky < args_.kernel_h; ++ky)
            for (int kx = 0; kx < args_.kernel_w; ++kx) {
                const int sx = x * args_.stride_w - args_.pad_left + kx * args_.dilation_w;
                const std::uint8_t* const in =
                    source(y * args_.stride_h - args_.pad_top + ky * args_.dilation_h, sx);
                const bool inside = in && sx >= 0 && sx < args_.src_width;
                out.add(0, 1, signed_levels(vld1q_u8(inside ? in : padding_)),
                        weights_[ky * args_.kernel_w + kx]);
            }
        out.template store<0>(scaling_, output(y, x), args_.out_channels - channel_);
    }

    /// Pixels [x, last). kBorder: columns of their windows may lie outside the picture.
    template <int kOutputs, bool kBorder>
    [[gnu::noinline]] void pixels(int y, int x, int last) const {
        constexpr int kRows = kSide + kOutputs - 1;
        constexpr int kTaps = kSide * kSide;
        int left = x * args_.stride_w - args_.pad_left;
        // A row outside the picture is a pixel of padding that is read again and again.
        const std::uint8_t* in[kRows];
        std::ptrdiff_t step[kRows];  // from tap to tap
        for (int r = 0; r < kRows; ++r) {
            const std::uint8_t* const row =
                source(y * args_.stride_h - args_.pad_top + r * args_.dilation_h, left);
            in[r] = row ? row : padding_;
            step[r] = row ? args_.dilation_w * args_.src_stride : 0;
        }
        std::uint8_t* dst = output(y, x);
        const std::ptrdiff_t other = args_.dilation_h * args_.dst_width * args_.dst_stride;
        const int channels = args_.out_channels - channel_;
        for (; x < last; ++x, dst += args_.dst_stride, left += args_.stride_w) {
            Window<kChannels> out[2] = {Window<kChannels>(scaling_), Window<kChannels>(scaling_)};
#pragma GCC unroll 6
            for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 5
                for (int c = 0; c < kSide; ++c) {
                    const int sx = left + c * args_.dilation_w;
                    const bool inside = !kBorder || (sx >= 0 && sx < args_.src_width);
                    const int8x16_t levels =
                        signed_levels(vld1q_u8(inside ? in[r] + c * step[r] : padding_));
                    const int tap = r * kSide + c;
                    if (r < kSide) out[0].add(tap, kTaps, levels, weights_[tap]);
                    if (kOutputs == 2 && r > 0)
                        out[1].add(tap - kSide, kTaps, levels, weights_[tap - kSide]);
                }
                if (step[r]) in[r] += args_.stride_w * args_.src_stride;
            }
            scaling_.with_fraction([&]<int kFraction>() {
                out[0].template store<kFraction>(scaling_, dst, channels);
                if constexpr (kOutputs == 2)
                    out[1].template store<kFraction>(scaling_, dst + other, channels);
            });
        }
    }

    const ConvI8& args_;
    int channel_;
    Scaling<kChannels> scaling_;
    int first_, last_;  ///< output columns whose windows lie in the picture
    int8x16_t weights_[kMaxTaps];
    std::uint8_t padding_[16];
};

template <int kSide>
void blocks(const ConvI8& args, int begin, int end) {
    int channel = 0;
    for (; channel + kPanel / 2 < args.out_channels; channel += kPanel)
        Block<kSide, kPanel>(args, channel).run(begin, end);
    if (channel < args.out_channels) Block<kSide, kPanel / 2>(args, channel).run(begin, end);
}

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (args.kernel_h * args.kernel_w > kMaxTaps) return scalar::depthwise_i8(args, begin, end);
    const bool square = args.kernel_h == args.kernel_w;
    if (square && args.kernel_w == 3)
        blocks<3>(args, begin, end);
    else if (square && args.kernel_w == 5)
        blocks<5>(args, begin, end);
    else
        blocks<0>(args, begin, end);
}

}  // namespace neon
}  // namespace tarsier::kernels
