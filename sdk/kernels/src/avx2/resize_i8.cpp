// SPDX-License-Identifier: Apache-2.0
#include "simd/resize_i8.h"

#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

struct Sixteen {
    struct Weights {
        __m256i both;
        explicit Weights(int weight) : both(_mm256_set1_epi32(weight << 16 | (128 - weight))) {}
    };

    static void stretch(const std::uint8_t* low, const std::uint8_t* high, int weight,
                        std::uint16_t* out) {
        const __m256i a = load_wide(low);
        const __m256i b = load_wide(high);
        const __m256i sum =
            _mm256_add_epi16(_mm256_slli_epi16(a, 7),
                             _mm256_mullo_epi16(_mm256_sub_epi16(b, a),
                                                _mm256_set1_epi16(static_cast<short>(weight))));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), sum);
    }
    static __m128i between(const std::uint16_t* upper, const std::uint16_t* lower,
                           const Weights& weights) {
        const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(upper));
        const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lower));
        const __m256i round = _mm256_set1_epi32(1 << 13);
        const __m256i first = _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights.both);
        const __m256i second = _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights.both);
        return narrow(_mm256_packs_epi32(_mm256_srai_epi32(_mm256_add_epi32(first, round), 14),
                                         _mm256_srai_epi32(_mm256_add_epi32(second, round), 14)));
    }
    static void store_first(std::uint8_t* p, __m128i levels, int count) {
        avx2::store_first(p, levels, count);
    }
};

}  // namespace

void resize_i8(const ResizeI8& args, int begin, int end) { resize_by<Sixteen>(args, begin, end); }

}  // namespace tarsier::kernels::avx2
