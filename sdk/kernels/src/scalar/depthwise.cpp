// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::kernels::scalar {
namespace {

/// The sum of one channel at output (y, x).
float window_sum(const ConvF32& args, int channel, int y, int x) {
    const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
    float sum = 0;
    for (int ky = 0; ky < args.kernel_h; ++ky) {
        const int sy = y * args.stride_h - args.pad_top + ky * args.dilation_h;
        if (sy < 0 || sy >= args.src_height) continue;
        for (int kx = 0; kx < args.kernel_w; ++kx) {
            const int sx = x * args.stride_w - args.pad_left + kx * args.dilation_w;
            if (sx < 0 || sx >= args.src_width) continue;
            const std::ptrdiff_t pixel = std::ptrdiff_t{sy} * args.src_width + sx;
            sum += args.src[pixel * args.src_stride + channel] *
                   args.weights[(ky * args.kernel_w + kx) * padded + channel];
        }
    }
    return sum;
}

}  // namespace

void depthwise_f32(const ConvF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y) {
        for (int x = 0; x < args.dst_width; ++x) {
            float* dst = args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int channel = 0; channel < args.out_channels; ++channel) {
                const float sum = args.bias[channel] + window_sum(args, channel, y, x);
                dst[channel] = std::clamp(sum, args.min, args.max);
            }
        }
    }
}

}  // namespace tarsier::kernels::scalar
