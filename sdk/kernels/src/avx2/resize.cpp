// SPDX-License-Identifier: Apache-2.0
#include "simd/resize.h"

#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

static_assert(sizeof(ResizeTap) == 12);

struct Rows : Floats {
    /// Eight columns at a time. A tap is three words, gathered one by one.
    static int stretch_plane(const float* src, int, const ResizeTap* taps, int columns,
                             float* out) {
        const __m256i index = _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21);
        int x = 0;
        for (; x + kLanes <= columns; x += kLanes) {
            const auto* const words = reinterpret_cast<const int*>(taps + x);
            const __m256i low = _mm256_i32gather_epi32(words, index, 4);
            const __m256i high = _mm256_i32gather_epi32(words + 1, index, 4);
            const __m256 weight = _mm256_castsi256_ps(_mm256_i32gather_epi32(words + 2, index, 4));
            const __m256 from = _mm256_i32gather_ps(src, low, 4);
            const __m256 to = _mm256_i32gather_ps(src, high, 4);
            store(out + x, _mm256_fmadd_ps(_mm256_sub_ps(to, from), weight, from));
        }
        return x;
    }
};

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) { resize<Rows>(args, begin, end); }

}  // namespace tarsier::kernels::avx2
