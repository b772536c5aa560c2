// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::kernels::scalar {
namespace {

/// The sum of one output channel at output (y, x); `weights` points at its column of its panel.
float window_sum(const ConvF32& args, const float* weights, int y, int x) {
    float sum = 0;
    for (int ky = 0; ky < args.kernel_h; ++ky) {
        const int sy = y * args.stride_h - args.pad_top + ky * args.dilation_h;
        if (sy < 0 || sy >= args.src_height) continue;
        for (int kx = 0; kx < args.kernel_w; ++kx) {
            const int sx = x * args.stride_w - args.pad_left + kx * args.dilation_w;
            if (sx < 0 || sx >= args.src_width) continue;
            const float* src =
                args.src + (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride;
            const float* tap =
                weights + std::ptrdiff_t{ky * args.kernel_w + kx} * args.in_channels * kPanel;
            for (int in = 0; in < args.in_channels; ++in) sum += src[in] * tap[in * kPanel];
        }
    }
    return sum;
}

}  // namespace

void conv_f32(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t panel_floats =
        std::ptrdiff_t{args.kernel_h} * args.kernel_w * args.in_channels * kPanel;
    for (int y = begin; y < end; ++y) {
        for (int x = 0; x < args.dst_width; ++x) {
            float* dst = args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int out = 0; out < args.out_channels; ++out) {
                const float* weights = args.weights + out / kPanel * panel_floats + out % kPanel;
                dst[out] = std::clamp(args.bias[out] + window_sum(args, weights, y, x), args.min,
                                      args.max);
            }
        }
    }
}

}  // namespace tarsier::kernels::scalar
