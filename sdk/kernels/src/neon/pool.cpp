// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

struct Largest {
    static float32x4_t start() { return vdupq_n_f32(-__builtin_inff()); }
    static float32x4_t add(float32x4_t sum, float32x4_t x) { return vmaxq_f32(sum, x); }
};
struct Sum {
    static float32x4_t start() { return vdupq_n_f32(0); }
    static float32x4_t add(float32x4_t sum, float32x4_t x) { return vaddq_f32(sum, x); }
};

struct Window {
    const float* src;  ///< the first tap inside the picture
    int rows, columns;
    std::ptrdiff_t row, column;  ///< floats from tap to tap
};

/// kVectors * 4 channels of one output; of the last vector only those below `channels`.
template <class Operation, int kVectors>
void vectors(const Window& window, int channel, int channels, float factor, float* dst) {
    const int last = channels - channel - (kVectors - 1) * kLanes;
    float32x4_t sum[kVectors];
    for (int v = 0; v < kVectors; ++v) sum[v] = Operation::start();
    for (int ky = 0; ky < window.rows; ++ky)
        for (int kx = 0; kx < window.columns; ++kx) {
            const float* in = window.src + ky * window.row + kx * window.column + channel;
            for (int v = 0; v < kVectors; ++v)
                sum[v] = Operation::add(sum[v],
                                        load_first(in + v * kLanes, v + 1 < kVectors ? 4 : last));
        }
    for (int v = 0; v < kVectors; ++v)
        store_first(dst + channel + v * kLanes, vmulq_n_f32(sum[v], factor),
                    v + 1 < kVectors ? 4 : last);
}

template <class Operation>
void pixel(const Window& window, int channels, float factor, float* dst) {
    int c = 0;
    for (; c + 4 * kLanes <= channels; c += 4 * kLanes)
        vectors<Operation, 4>(window, c, channels, factor, dst);
    for (; c < channels; c += kLanes) vectors<Operation, 1>(window, c, channels, factor, dst);
}

template <class Operation>
void pool(const PoolF32& args, int begin, int end, bool average) {
    const std::ptrdiff_t row = args.src_width * args.src_stride;
    for (int y = begin; y < end; ++y) {
        const int top = y * args.stride_h - args.pad_top;
        const Taps rows = taps_at(top, args.kernel_h, 1, args.src_height);
        for (int x = 0; x < args.dst_width; ++x) {
            const int left = x * args.stride_w - args.pad_left;
            const Taps columns = taps_at(left, args.kernel_w, 1, args.src_width);
            const Window window{
                args.src + (top + rows.first) * row + (left + columns.first) * args.src_stride,
                rows.last - rows.first, columns.last - columns.first, row, args.src_stride};
            const int taps =
                args.count_padding ? args.kernel_h * args.kernel_w : window.rows * window.columns;
            pixel<Operation>(window, args.channels,
                             average ? 1.0F / static_cast<float>(taps) : 1.0F,
                             args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride);
        }
    }
}

}  // namespace

void max_pool_f32(const PoolF32& args, int begin, int end) {
    pool<Largest>(args, begin, end, false);
}

void average_pool_f32(const PoolF32& args, int begin, int end) {
    pool<Sum>(args, begin, end, true);
}

}  // namespace tarsier::kernels::neon
