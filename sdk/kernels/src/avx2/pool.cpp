// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

struct Largest {
    static __m256 start() { return _mm256_set1_ps(-__builtin_inff()); }
    static __m256 add(__m256 sum, __m256 x) { return _mm256_max_ps(x, sum); }
};
struct Sum {
    static __m256 start() { return _mm256_setzero_ps(); }
    static __m256 add(__m256 sum, __m256 x) { return _mm256_add_ps(sum, x); }
};

struct Window {
    const float* src;  ///< the first tap inside the picture
    int rows, columns;
    std::ptrdiff_t row, column;  ///< floats from tap to tap
};

/// kVectors * 8 channels of one output.
template <class Operation, int kVectors>
void vectors(const Window& window, int channel, float factor, float* dst) {
    __m256 sum[kVectors];
    for (int v = 0; v < kVectors; ++v) sum[v] = Operation::start();
    for (int ky = 0; ky < window.rows; ++ky)
        for (int kx = 0; kx < window.columns; ++kx) {
            const float* in = window.src + ky * window.row + kx * window.column + channel;
            for (int v = 0; v < kVectors; ++v)
                sum[v] = Operation::add(sum[v], _mm256_loadu_ps(in + v * kLanes));
        }
    for (int v = 0; v < kVectors; ++v)
        _mm256_storeu_ps(dst + channel + v * kLanes, _mm256_mul_ps(sum[v], _mm256_set1_ps(factor)));
}

template <class Operation>
void tail(const Window& window, int channel, int count, float factor, float* dst) {
    const __m256i mask = first_lanes(count);
    __m256 sum = Operation::start();
    for (int ky = 0; ky < window.rows; ++ky)
        for (int kx = 0; kx < window.columns; ++kx) {
            const float* in = window.src + ky * window.row + kx * window.column + channel;
            sum = Operation::add(sum, _mm256_maskload_ps(in, mask));
        }
    _mm256_maskstore_ps(dst + channel, mask, _mm256_mul_ps(sum, _mm256_set1_ps(factor)));
}

template <class Operation>
void pixel(const Window& window, int channels, float factor, float* dst) {
    int c = 0;
    for (; c + 4 * kLanes <= channels; c += 4 * kLanes)
        vectors<Operation, 4>(window, c, factor, dst);
    for (; c + kLanes <= channels; c += kLanes) vectors<Operation, 1>(window, c, factor, dst);
    if (c < channels) tail<Operation>(window, c, channels - c, factor, dst);
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

}  // namespace tarsier::kernels::avx2
