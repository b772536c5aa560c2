// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx512 {

void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const __m512 one = _mm512_set1_ps(1.0F);
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    const bool dense = args.a_stride == 1 && args.dst_stride == 2;
    std::ptrdiff_t p = begin;
    for (; dense && p < end; p += kLanes) {
        const std::ptrdiff_t left = end - p;
        const __m512 second = sigmoid(_mm512_maskz_loadu_ps(first_lanes(left), args.a + p));
        const __m512 first = _mm512_sub_ps(one, second);
        float* const out = args.dst + 2 * p;
        _mm512_mask_storeu_ps(out, first_lanes(2 * left),
                              _mm512_permutex2var_ps(first, low, second));
        if (left > kLanes / 2)
            _mm512_mask_storeu_ps(out + kLanes, first_lanes(2 * left - kLanes),
                                  _mm512_permutex2var_ps(first, high, second));
    }
    for (; p < end; ++p) {
        const float second = _mm512_cvtss_f32(sigmoid(_mm512_set1_ps(args.a[p * args.a_stride])));
        args.dst[p * args.dst_stride] = 1.0F - second;
        args.dst[p * args.dst_stride + 1] = second;
    }
}

}  // namespace tarsier::kernels::avx512
