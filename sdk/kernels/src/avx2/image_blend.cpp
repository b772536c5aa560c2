// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::avx2 {

namespace {

__m256i load256(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
void store256(void* p, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }

/// round((f * a + b * (255 - a)) / 255) in 16-bit lanes.
__m256i blend_words(__m256i f, __m256i b, __m256i a) {
    const __m256i rest = _mm256_sub_epi16(_mm256_set1_epi16(255), a);
    const __m256i sum = _mm256_add_epi16(_mm256_mullo_epi16(f, a), _mm256_mullo_epi16(b, rest));
    const __m256i t = _mm256_add_epi16(sum, _mm256_set1_epi16(128));
    return _mm256_srli_epi16(_mm256_add_epi16(t, _mm256_srli_epi16(t, 8)), 8);
}

void blend_u8(const std::uint8_t* fg, const std::uint8_t* bg, const std::uint8_t* alpha,
              std::uint8_t* dst, int n) {
    const __m256i zero = _mm256_setzero_si256();
    int i = 0;
    for (; i + 32 <= n; i += 32) {
        const __m256i f = load256(fg + i);
        const __m256i b = load256(bg + i);
        const __m256i a = load256(alpha + i);
        const __m256i low =
            blend_words(_mm256_unpacklo_epi8(f, zero), _mm256_unpacklo_epi8(b, zero),
                        _mm256_unpacklo_epi8(a, zero));
        const __m256i high =
            blend_words(_mm256_unpackhi_epi8(f, zero), _mm256_unpackhi_epi8(b, zero),
                        _mm256_unpackhi_epi8(a, zero));
        store256(dst + i, _mm256_packus_epi16(low, high));
    }
    for (; i < n; ++i) {
        const unsigned t = fg[i] * unsigned{alpha[i]} + bg[i] * (255u - alpha[i]) + 128u;
        dst[i] = static_cast<std::uint8_t>((t + (t >> 8)) >> 8);
    }
}

void halve_u8(const std::uint8_t* top, const std::uint8_t* bottom, std::uint8_t* dst, int n) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i two = _mm256_set1_epi16(2);
    int x = 0;
    for (; x + 16 <= n; x += 16) {
        const __m256i t = _mm256_maddubs_epi16(load256(top + 2 * x), ones);
        const __m256i b = _mm256_maddubs_epi16(load256(bottom + 2 * x), ones);
        const __m256i mean = _mm256_srli_epi16(_mm256_add_epi16(_mm256_add_epi16(t, b), two), 2);
        const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(mean, mean), 0x08);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + x), _mm256_castsi256_si128(packed));
    }
    for (; x < n; ++x) {
        const int sum = top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1];
        dst[x] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
}

void repeat_u8(const std::uint8_t* src, int times, std::uint8_t* dst, int n) {
    // Byte j of the result comes from byte j / times of the 16 (or fewer) loaded.
    alignas(32) std::int8_t order[64];
    for (int j = 0; j < 16 * times; ++j) order[j] = static_cast<std::int8_t>(j / times);
    int x = 0;
    for (; x + 16 <= n; x += 16) {
        const __m128i s = _mm_loadu_si128(reinterpret_cast<const __m128i*>(src + x));
        for (int k = 0; k < times; ++k) {
            const __m128i o = _mm_load_si128(reinterpret_cast<const __m128i*>(order + 16 * k));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + x * times + 16 * k),
                             _mm_shuffle_epi8(s, o));
        }
    }
    for (; x < n; ++x)
        for (int k = 0; k < times; ++k) dst[x * times + k] = src[x];
}

}  // namespace

void improve_image_blend(Table& t) {
    t.blend_u8 = blend_u8;
    t.halve_u8 = halve_u8;
    t.repeat_u8 = repeat_u8;
}

}  // namespace tarsier::kernels::avx2
