// SPDX-License-Identifier: Apache-2.0
#include "simd/resize.h"

#include <tarsier/kernels/kernels.h>

#include "../avx2/vector.h"
#include "vector.h"

namespace tarsier::kernels::avx512 {
namespace {

static_assert(sizeof(ResizeTap) == 12);

/// In vectors of AVX2: they fit the channels of a pixel better.
struct Rows : avx2::Floats {
    /// Sixteen columns at a time, where they meet at most sixteen neighbours of the source: those
    /// are picked out of one vector. A tap is three words.
    static int stretch_plane(const float* src, int width, const ResizeTap* taps, int columns,
                             float* out) {
        int x = 0;
        for (; x + avx512::kLanes <= columns; x += avx512::kLanes) {
            const std::int32_t first = taps[x].low;
            if (taps[x + avx512::kLanes - 1].high - first >= avx512::kLanes) break;
            const __m512i base = _mm512_set1_epi32(first);
            const __m512i low = _mm512_sub_epi32(word(taps + x, 0), base);
            const __m512i high = _mm512_sub_epi32(word(taps + x, 1), base);
            const __m512 weight = _mm512_castsi512_ps(word(taps + x, 2));
            const __m512 in = _mm512_maskz_loadu_ps(first_lanes(width - first), src + first);
            const __m512 from = _mm512_permutexvar_ps(low, in);
            const __m512 to = _mm512_permutexvar_ps(high, in);
            avx512::Floats::store(out + x, _mm512_fmadd_ps(_mm512_sub_ps(to, from), weight, from));
        }
        return x;
    }

  private:
    /// Word `at` of sixteen taps.
    static __m512i word(const ResizeTap* taps, int at) {
        const auto* const words = reinterpret_cast<const std::int32_t*>(taps);
        const __m512i a = _mm512_loadu_si512(words);
        const __m512i b = _mm512_loadu_si512(words + avx512::kLanes);
        const __m512i c = _mm512_loadu_si512(words + 2 * avx512::kLanes);
        const __m512i every =
            _mm512_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42, 45);
        const __m512i index = _mm512_add_epi32(every, _mm512_set1_epi32(at));
        const __m512i first = _mm512_permutex2var_epi32(a, index, b);
        const __mmask16 third =
            _mm512_cmpge_epi32_mask(index, _mm512_set1_epi32(2 * avx512::kLanes));
        return _mm512_mask_permutexvar_epi32(first, third, index, c);
    }
};

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) { resize<Rows>(args, begin, end); }

}  // namespace tarsier::kernels::avx512
