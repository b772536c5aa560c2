// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <limits>

namespace tarsier::kernels::scalar {
namespace {

/// Calls visit(source pixel) for each tap of output (y, x) inside the picture; returns how many.
template <class Visit>
int for_each_tap(const PoolF32& args, int y, int x, const Visit& visit) {
    int count = 0;
    for (int ky = 0; ky < args.kernel_h; ++ky) {
        const int sy = y * args.stride_h - args.pad_top + ky;
        if (sy < 0 || sy >= args.src_height) continue;
        for (int kx = 0; kx < args.kernel_w; ++kx) {
            const int sx = x * args.stride_w - args.pad_left + kx;
            if (sx < 0 || sx >= args.src_width) continue;
            visit(args.src + (std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride);
            ++count;
        }
    }
    return count;
}

float* output(const PoolF32& args, int y, int x) {
    return args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
}

}  // namespace

void max_pool_f32(const PoolF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; ++x) {
            float* dst = output(args, y, x);
            std::fill(dst, dst + args.channels, -std::numeric_limits<float>::infinity());
            for_each_tap(args, y, x, [&](const float* src) {
                for (int c = 0; c < args.channels; ++c) dst[c] = std::max(dst[c], src[c]);
            });
        }
}

void average_pool_f32(const PoolF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; ++x) {
            float* dst = output(args, y, x);
            std::fill(dst, dst + args.channels, 0.0F);
            const int inside = for_each_tap(args, y, x, [&](const float* src) {
                for (int c = 0; c < args.channels; ++c) dst[c] += src[c];
            });
            const int taps = args.count_padding ? args.kernel_h * args.kernel_w : inside;
            for (int c = 0; c < args.channels; ++c) dst[c] /= static_cast<float>(taps);
        }
}

}  // namespace tarsier::kernels::scalar
