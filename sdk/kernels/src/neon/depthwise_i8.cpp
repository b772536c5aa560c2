// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "neon/vector_i8.h"

namespace tarsier::kernels {
namespace scalar {
void depthwise_i8(const ConvI8& args, int begin, int end);
}

namespace neon {
namespace {

constexpr int kMaxTaps = 64;

/// Sums of sixteen channels.
struct Sums {
    int32x4_t v[4];
};

/// Sixteen channels of a window: the weights of its taps as 16-bit numbers.
struct Window {
    int16x8_t weights[kMaxTaps][2];
    std::uint8_t padding[16];

    Window(const ConvI8& args, int channel) {
        const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
        for (int tap = 0; tap < args.kernel_h * args.kernel_w; ++tap) {
            const int8x16_t w = vld1q_s8(args.weights + tap * padded + channel);
            weights[tap][0] = vmovl_s8(vget_low_s8(w));
            weights[tap][1] = vmovl_high_s8(w);
        }
        vst1q_u8(padding, vdupq_n_u8(static_cast<std::uint8_t>(args.src_zero_point)));
    }
};

[[gnu::always_inline]] inline void add_tap(const std::uint8_t* src, const int16x8_t (&w)[2],
                                           Sums& sums) {
    const uint8x16_t x = vld1q_u8(src);
    const int16x8_t a = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(x)));
    const int16x8_t b = vreinterpretq_s16_u16(vmovl_high_u8(x));
    sums.v[0] = vmlal_s16(sums.v[0], vget_low_s16(a), vget_low_s16(w[0]));
    sums.v[1] = vmlal_high_s16(sums.v[1], a, w[0]);
    sums.v[2] = vmlal_s16(sums.v[2], vget_low_s16(b), vget_low_s16(w[1]));
    sums.v[3] = vmlal_high_s16(sums.v[3], b, w[1]);
}

/// Output pixel (y, x).
Sums at_border(const ConvI8& args, const Window& window, int channel, int y, int x, Sums sums) {
    for (int ky = 0; ky < args.kernel_h; ++ky)
        for (int kx = 0; kx < args.kernel_w; ++kx) {
            const int sy = y * args.stride_h - args.pad_top + ky * args.dilation_h;
            const int sx = x * args.stride_w - args.pad_left + kx * args.dilation_w;
            const bool inside = sy >= 0 && sy < args.src_height && sx >= 0 && sx < args.src_width;
            add_tap(inside ? args.src + channel +
                                 (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride
                           : window.padding,
                    window.weights[ky * args.kernel_w + kx], sums);
        }
    return sums;
}

/// The same where the whole window lies in the picture, from `src` on. kSide = 0: any window.
template <int kSide>
Sums inside(const ConvI8& args, const Window& window, const std::uint8_t* src, Sums sums) {
    const std::ptrdiff_t row = args.dilation_h * args.src_width * args.src_stride;
    const std::ptrdiff_t column = args.dilation_w * args.src_stride;
    const int rows = kSide > 0 ? kSide : args.kernel_h;
    const int columns = kSide > 0 ? kSide : args.kernel_w;
    for (int ky = 0; ky < rows; ++ky)
        for (int kx = 0; kx < columns; ++kx)
            add_tap(src + ky * row + kx * column, window.weights[ky * columns + kx], sums);
    return sums;
}

template <int kSide>
void block(const ConvI8& args, int channel, int begin, int end) {
    const Window window(args, channel);
    const Scaling<16> scaling(args.requant, channel);
    const int reach_h = (args.kernel_h - 1) * args.dilation_h;
    const int reach_w = (args.kernel_w - 1) * args.dilation_w;
    for (int y = begin; y < end; ++y) {
        const int top = y * args.stride_h - args.pad_top;
        const bool rows_inside = top >= 0 && top + reach_h < args.src_height;
        for (int x = 0; x < args.dst_width; ++x) {
            const int left = x * args.stride_w - args.pad_left;
            Sums sums{{scaling.bias[0], scaling.bias[1], scaling.bias[2], scaling.bias[3]}};
            if (rows_inside && left >= 0 && left + reach_w < args.src_width)
                sums = inside<kSide>(
                    args, window,
                    args.src + channel +
                        (std::ptrdiff_t{top} * args.src_width + left) * args.src_stride,
                    sums);
            else
                sums = at_border(args, window, channel, y, x, sums);
            store_first(
                args.dst + channel + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride,
                scaling.levels<0>(sums.v), args.out_channels - channel);
        }
    }
}

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (args.kernel_h * args.kernel_w > kMaxTaps) return scalar::depthwise_i8(args, begin, end);
    const bool square = args.kernel_h == args.kernel_w;
    for (int channel = 0; channel < args.out_channels; channel += kPanel) {
        if (square && args.kernel_w == 3)
            block<3>(args, channel, begin, end);
        else if (square && args.kernel_w == 5)
            block<5>(args, channel, begin, end);
        else
            block<0>(args, channel, begin, end);
    }
}

}  // namespace neon
}  // namespace tarsier::kernels
