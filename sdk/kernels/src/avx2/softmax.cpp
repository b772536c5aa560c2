// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

float largest_lane(__m256 x) {
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_shuffle_ps(m, m, 1)));
}

float sum_of_lanes(__m256 x) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}

/// Softmax over the channels of one pixel, eight at a time.
void pixel(const float* src, float* dst, int channels) {
    const __m256 lowest = _mm256_set1_ps(-__FLT_MAX__);
    __m256 largest = lowest;
    for (int c = 0; c < channels; c += kLanes) {
        const __m256i mask = first_lanes(channels - c < kLanes ? channels - c : kLanes);
        largest = _mm256_max_ps(largest, _mm256_blendv_ps(lowest, _mm256_maskload_ps(src + c, mask),
                                                          _mm256_castsi256_ps(mask)));
    }
    const __m256 top = _mm256_set1_ps(largest_lane(largest));
    __m256 sum = _mm256_setzero_ps();
    for (int c = 0; c < channels; c += kLanes) {
        const __m256i mask = first_lanes(channels - c < kLanes ? channels - c : kLanes);
        const __m256 e = exp(_mm256_sub_ps(_mm256_maskload_ps(src + c, mask), top));
        _mm256_maskstore_ps(dst + c, mask, e);
        sum = _mm256_add_ps(sum, _mm256_and_ps(e, _mm256_castsi256_ps(mask)));
    }
    const __m256 total = _mm256_set1_ps(sum_of_lanes(sum));
    for (int c = 0; c < channels; c += kLanes) {
        const __m256i mask = first_lanes(channels - c < kLanes ? channels - c : kLanes);
        _mm256_maskstore_ps(dst + c, mask, _mm256_div_ps(_mm256_maskload_ps(dst + c, mask), total));
    }
}

}  // namespace

void softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t p = begin; p < end; ++p)
        pixel(args.a + p * args.a_stride, args.dst + p * args.dst_stride, args.channels);
}

void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const __m256 one = _mm256_set1_ps(1.0F);
    const bool dense = args.a_stride == 1 && args.dst_stride == 2;
    std::ptrdiff_t p = begin;
    for (; dense && p + kLanes <= end; p += kLanes) {
        const __m256 second = sigmoid(_mm256_loadu_ps(args.a + p));
        const __m256 first = _mm256_sub_ps(one, second);
        const __m256 low = _mm256_unpacklo_ps(first, second);
        const __m256 high = _mm256_unpackhi_ps(first, second);
        _mm256_storeu_ps(args.dst + 2 * p, _mm256_permute2f128_ps(low, high, 0x20));
        _mm256_storeu_ps(args.dst + 2 * p + kLanes, _mm256_permute2f128_ps(low, high, 0x31));
    }
    for (; p < end; ++p) {
        const __m256 x = _mm256_set1_ps(args.a[p * args.a_stride]);
        const float second = _mm256_cvtss_f32(sigmoid(x));
        args.dst[p * args.dst_stride] = 1.0F - second;
        args.dst[p * args.dst_stride + 1] = second;
    }
}

}  // namespace tarsier::kernels::avx2
