// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "requant_i8.h"

namespace tarsier::kernels::scalar {
namespace {

/// The sum over the inputs of one pixel; `weights` points at an output channel of its panel.
std::int32_t dot(const std::uint8_t* src, const std::int8_t* weights, int inputs) {
    std::int32_t sum = 0;
    for (int i = 0; i < inputs; ++i)
        sum += src[i] * weights[std::ptrdiff_t{i / kGroup} * kPanel * kGroup + i % kGroup];
    return sum;
}

/// Bytes of a panel at one tap.
std::ptrdiff_t tap_bytes(int inputs) {
    return std::ptrdiff_t{(inputs + kGroup - 1) / kGroup} * kPanel * kGroup;
}

/// Calls visit(tap, pixel) for every tap at output (y, x); null pixels lie outside the picture.
template <class Visit>
void for_each_tap(const ConvI8& args, int y, int x, const Visit& visit) {
    for (int tap = 0; tap < args.kernel_h * args.kernel_w; ++tap) {
        const int sy = y * args.stride_h - args.pad_top + tap / args.kernel_w * args.dilation_h;
        const int sx = x * args.stride_w - args.pad_left + tap % args.kernel_w * args.dilation_w;
        const bool inside = sy >= 0 && sy < args.src_height && sx >= 0 && sx < args.src_width;
        visit(tap, inside ? args.src + (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride
                          : nullptr);
    }
}

/// The sum over the inputs of a pixel of zero points.
std::int32_t dot_zero(int zero_point, const std::int8_t* weights, int inputs) {
    std::int32_t sum = 0;
    for (int i = 0; i < inputs; ++i)
        sum += weights[std::ptrdiff_t{i / kGroup} * kPanel * kGroup + i % kGroup];
    return sum * zero_point;
}

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const std::ptrdiff_t panel = tap_bytes(args.in_channels);
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const std::uint8_t* src = args.src + pixel * args.src_stride;
        std::uint8_t* dst = args.dst + pixel * args.dst_stride;
        for (int out = 0; out < args.out_channels; ++out) {
            const std::int8_t* weights =
                args.weights + out / kPanel * panel + out % kPanel * kGroup;
            const std::int32_t sum = args.requant.bias[out] + dot(src, weights, args.in_channels);
            dst[out] = requantize(args.requant, out, sum);
        }
    }
}

void conv_i8(const ConvI8& args, int begin, int end) {
    const std::ptrdiff_t tap_size = tap_bytes(args.in_channels);
    const std::ptrdiff_t panel = tap_size * args.kernel_h * args.kernel_w;
    for (int y = begin; y < end; ++y) {
        for (int x = 0; x < args.dst_width; ++x) {
            std::uint8_t* dst =
                args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int out = 0; out < args.out_channels; ++out) {
                const std::int8_t* weights =
                    args.weights + out / kPanel * panel + out % kPanel * kGroup;
                std::int32_t sum = args.requant.bias[out];
                for_each_tap(args, y, x, [&](int tap, const std::uint8_t* src) {
                    const std::int8_t* w = weights + tap * tap_size;
                    sum += src ? dot(src, w, args.in_channels)
                               : dot_zero(args.src_zero_point, w, args.in_channels);
                });
                dst[out] = requantize(args.requant, out, sum);
            }
        }
    }
}

void depthwise_i8(const ConvI8& args, int begin, int end) {
    const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
    for (int y = begin; y < end; ++y) {
        for (int x = 0; x < args.dst_width; ++x) {
            std::uint8_t* dst =
                args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int channel = 0; channel < args.out_channels; ++channel) {
                std::int32_t sum = args.requant.bias[channel];
                for_each_tap(args, y, x, [&](int tap, const std::uint8_t* src) {
                    sum += (src ? src[channel] : args.src_zero_point) *
                           args.weights[tap * padded + channel];
                });
                dst[channel] = requantize(args.requant, channel, sum);
            }
        }
    }
}

}  // namespace tarsier::kernels::scalar
