// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::avx2 {

namespace {

__m128i load128(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
__m256i load256(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
void store256(void* p, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(p), x); }
__m256i load_two(const void* low, const void* high) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load128(low)), load128(high), 1);
}

/// The weights of rows k and k + 1, ready for the bytes of the two rows interleaved.
__m256i weight_pair(const std::int8_t* weights, int k) {
    return _mm256_set1_epi16(static_cast<short>(weights[k] | weights[k + 1] << 8));
}

/// Whole vectors of blend_rows_u8; returns how many values are done. kTaps = 0 takes any number.
template <int kTaps>
int blend_vectors(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                  std::int16_t* dst, int n) {
    if (kTaps > 0) taps = kTaps;
    int i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i low = _mm256_setzero_si256();
        __m256i high = _mm256_setzero_si256();
        for (int k = 0; k < taps; k += 2) {
            const __m256i a = load256(rows[k] + i);
            const __m256i b = load256(rows[k + 1] + i);
            const __m256i w = weight_pair(weights, k);
            low = _mm256_add_epi16(low, _mm256_maddubs_epi16(_mm256_unpacklo_epi8(a, b), w));
            high = _mm256_add_epi16(high, _mm256_maddubs_epi16(_mm256_unpackhi_epi8(a, b), w));
        }
        store256(dst + i, _mm256_permute2x128_si256(low, high, 0x20));
        store256(dst + i + 16, _mm256_permute2x128_si256(low, high, 0x31));
    }
    return i;
}

void blend_rows_u8(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                   std::int16_t* dst, int n) {
    // The usual numbers of rows unrolled, on copies that dst cannot alias.
    const std::uint8_t* few[4] = {};
    std::int8_t few_weights[4] = {};
    for (int k = 0; k < taps && k < 4; ++k) {
        few[k] = rows[k];
        few_weights[k] = weights[k];
    }
    int i = taps == 2   ? blend_vectors<2>(few, few_weights, 2, dst, n)
            : taps == 4 ? blend_vectors<4>(few, few_weights, 4, dst, n)
                        : blend_vectors<0>(rows, weights, taps, dst, n);
    for (; i < n; ++i) {
        int sum = 0;
        for (int k = 0; k < taps; ++k) sum += weights[k] * rows[k][i];
        dst[i] = static_cast<std::int16_t>(sum);
    }
}

/// Eight products of 16-bit pairs of each of two outputs, one in each half. kTaps = 0 takes any
/// number.
template <int kTaps>
__m256i reduce_two(const std::int16_t* src, const std::int32_t* first, const std::int16_t* weights,
                   int taps) {
    if (kTaps > 0) taps = kTaps;
    __m256i sum = _mm256_setzero_si256();
    for (int k = 0; k < taps; k += 8) {
        const __m256i s = load_two(src + first[0] + k, src + first[1] + k);
        const __m256i w = kTaps == 8 ? load256(weights) : load_two(weights + k, weights + taps + k);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(s, w));
    }
    return sum;
}

template <int kTaps>
int reduce_vectors(const std::int16_t* src, const std::int32_t* first, const std::int16_t* weights,
                   int taps, std::int32_t* dst, int n) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const std::int16_t* w = weights + x * taps;
        const std::int32_t* f = first + x;
        const __m256i s01 = reduce_two<kTaps>(src, f, w, taps);
        const __m256i s23 = reduce_two<kTaps>(src, f + 2, w + 2 * taps, taps);
        const __m256i s45 = reduce_two<kTaps>(src, f + 4, w + 4 * taps, taps);
        const __m256i s67 = reduce_two<kTaps>(src, f + 6, w + 6 * taps, taps);
        const __m256i sums =
            _mm256_hadd_epi32(_mm256_hadd_epi32(s01, s23), _mm256_hadd_epi32(s45, s67));
        // The halves hold outputs 0 2 4 6 and 1 3 5 7.
        store256(dst + x, _mm256_permutevar8x32_epi32(sums, order));
    }
    return x;
}

void reduce_s16(const std::int16_t* src, const std::int32_t* first, const std::int16_t* weights,
                int taps, std::int32_t* dst, int n) {
    int x = taps == 8 ? reduce_vectors<8>(src, first, weights, 8, dst, n)
                      : reduce_vectors<0>(src, first, weights, taps, dst, n);
    for (; x < n; ++x) {
        std::int32_t sum = 0;
        for (int k = 0; k < taps; ++k) sum += weights[x * taps + k] * src[first[x] + k];
        dst[x] = sum;
    }
}

/// Four pairs of each of two outputs: sums of channel 0 and channel 1 in two 32-bit parts each.
template <int kTaps>
__m256i reduce_two_pairs(const std::int16_t* src, const std::int32_t* first,
                         const std::int16_t* weights, int taps) {
    const __m256i split = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15, 0,
                                           1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    if (kTaps > 0) taps = kTaps;
    __m256i sum = _mm256_setzero_si256();
    for (int k = 0; k < taps; k += 4) {
        const __m256i s = load_two(src + 2 * (first[0] + k), src + 2 * (first[1] + k));
        __m128i both;
        if (kTaps == 4) {
            both = load128(weights);
        } else {
            both = _mm_unpacklo_epi64(
                _mm_loadl_epi64(reinterpret_cast<const __m128i*>(weights + k)),
                _mm_loadl_epi64(reinterpret_cast<const __m128i*>(weights + taps + k)));
        }
        // Each output's four weights twice: for channel 0 and for channel 1.
        const __m256i w = _mm256_permute4x64_epi64(_mm256_castsi128_si256(both), 0x50);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_shuffle_epi8(s, split), w));
    }
    return sum;
}

template <int kTaps>
int reduce_pair_vectors(const std::int16_t* src, const std::int32_t* first,
                        const std::int16_t* weights, int taps, std::int32_t* dst0,
                        std::int32_t* dst1, int n) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const std::int16_t* w = weights + x * taps;
        const std::int32_t* f = first + x;
        // Each holds c0 c1 of outputs 0 and 2 (4 and 6) in the low half, 1 and 3 (5 and 7) in the
        // high.
        const __m256i s0123 =
            _mm256_hadd_epi32(reduce_two_pairs<kTaps>(src, f, w, taps),
                              reduce_two_pairs<kTaps>(src, f + 2, w + 2 * taps, taps));
        const __m256i s4567 =
            _mm256_hadd_epi32(reduce_two_pairs<kTaps>(src, f + 4, w + 4 * taps, taps),
                              reduce_two_pairs<kTaps>(src, f + 6, w + 6 * taps, taps));
        const __m256 lo = _mm256_castsi256_ps(s0123);
        const __m256 hi = _mm256_castsi256_ps(s4567);
        const __m256i c0 = _mm256_castps_si256(_mm256_shuffle_ps(lo, hi, 0x88));
        const __m256i c1 = _mm256_castps_si256(_mm256_shuffle_ps(lo, hi, 0xdd));
        store256(dst0 + x, _mm256_permutevar8x32_epi32(c0, order));
        store256(dst1 + x, _mm256_permutevar8x32_epi32(c1, order));
    }
    return x;
}

void reduce_pairs_s16(const std::int16_t* src, const std::int32_t* first,
                      const std::int16_t* weights, int taps, std::int32_t* dst0, std::int32_t* dst1,
                      int n) {
    int x = taps == 4 ? reduce_pair_vectors<4>(src, first, weights, 4, dst0, dst1, n)
                      : reduce_pair_vectors<0>(src, first, weights, taps, dst0, dst1, n);
    for (; x < n; ++x) {
        std::int32_t sum0 = 0;
        std::int32_t sum1 = 0;
        for (int k = 0; k < taps; ++k) {
            sum0 += weights[x * taps + k] * src[2 * (first[x] + k)];
            sum1 += weights[x * taps + k] * src[2 * (first[x] + k) + 1];
        }
        dst0[x] = sum0;
        dst1[x] = sum1;
    }
}

__m256 mix_row(__m256 a, __m256 b, __m256 c, const float* m) {
    __m256 sum = _mm256_set1_ps(m[3]);
    sum = _mm256_fmadd_ps(_mm256_set1_ps(m[2]), c, sum);
    sum = _mm256_fmadd_ps(_mm256_set1_ps(m[1]), b, sum);
    sum = _mm256_fmadd_ps(_mm256_set1_ps(m[0]), a, sum);
    return _mm256_min_ps(_mm256_max_ps(sum, _mm256_setzero_ps()), _mm256_set1_ps(1.0f));
}

/// Stores r0 g0 b0 r1 g1 b1 ...: 24 floats.
void store_interleaved(float* dst, __m256 r, __m256 g, __m256 b) {
    // Within each half: r0 g0 . ., g-b and b-r pairs, then the three groups of four.
    const __m256 rg = _mm256_shuffle_ps(r, g, 0x88);   // r0 r2 g0 g2
    const __m256 gb = _mm256_shuffle_ps(g, b, 0xdd);   // g1 g3 b1 b3
    const __m256 br = _mm256_shuffle_ps(b, r, 0xd8);   // b0 b2 r1 r3
    const __m256 x = _mm256_shuffle_ps(rg, br, 0x88);  // r0 g0 b0 r1
    const __m256 y = _mm256_shuffle_ps(gb, rg, 0xd8);  // g1 b1 r2 g2
    const __m256 z = _mm256_shuffle_ps(br, gb, 0xdd);  // b2 r3 g3 b3
    _mm256_storeu_ps(dst, _mm256_permute2f128_ps(x, y, 0x20));
    _mm256_storeu_ps(dst + 8, _mm256_permute2f128_ps(z, x, 0x30));
    _mm256_storeu_ps(dst + 16, _mm256_permute2f128_ps(y, z, 0x31));
}

void mix3_f32(const std::int32_t* p0, const std::int32_t* p1, const std::int32_t* p2,
              const float* m, float* dst, int n) {
    float local[12];  // which dst cannot alias
    for (int i = 0; i < 12; ++i) local[i] = m[i];
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const __m256 a = _mm256_cvtepi32_ps(load256(p0 + x));
        const __m256 b = _mm256_cvtepi32_ps(load256(p1 + x));
        const __m256 c = _mm256_cvtepi32_ps(load256(p2 + x));
        store_interleaved(dst + 3 * x, mix_row(a, b, c, local), mix_row(a, b, c, local + 4),
                          mix_row(a, b, c, local + 8));
    }
    for (; x < n; ++x)
        for (int r = 0; r < 3; ++r) {
            const float* row = m + 4 * r;
            const float value = row[0] * static_cast<float>(p0[x]) +
                                row[1] * static_cast<float>(p1[x]) +
                                row[2] * static_cast<float>(p2[x]) + row[3];
            dst[3 * x + r] = value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
        }
}

void lerp_s16(const std::int16_t* a, const std::int16_t* b, int weight, std::int16_t* dst, int n) {
    const __m256i w = _mm256_set1_epi16(static_cast<short>(weight));
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m256i x = load256(a + i);
        const __m256i d = _mm256_sub_epi16(load256(b + i), x);
        store256(dst + i, _mm256_add_epi16(x, _mm256_mulhrs_epi16(d, w)));
    }
    for (; i < n; ++i)
        dst[i] = static_cast<std::int16_t>(a[i] + (((b[i] - a[i]) * weight + 16384) >> 15));
}

/// 64 - w and w of eight outputs as 16-bit pairs.
__m256i stretch_weights(const std::int16_t* weight) {
    const __m256i w = _mm256_cvtepi16_epi32(load128(weight));
    return _mm256_or_si256(_mm256_sub_epi32(_mm256_set1_epi32(64), w), _mm256_slli_epi32(w, 16));
}

/// Eight neighbours src[index], src[index + 1], weighted.
__m256i stretch_eight(const std::int16_t* src, __m256i index, __m256i weights) {
    const __m256i pairs = _mm256_i32gather_epi32(reinterpret_cast<const int*>(src), index, 2);
    return _mm256_madd_epi16(pairs, weights);
}

/// Eight 32-bit values to bytes, clamped.
void store_bytes(std::uint8_t* dst, __m256i x) {
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(dst), _mm_packus_epi16(words, words));
}

void stretch_s16_u8(const std::int16_t* src, const std::int32_t* index, const std::int16_t* weight,
                    std::uint8_t* dst, int n) {
    const __m256i half = _mm256_set1_epi32(2048);
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const __m256i sum = stretch_eight(src, load256(index + x), stretch_weights(weight + x));
        store_bytes(dst + x, _mm256_srai_epi32(_mm256_add_epi32(sum, half), 12));
    }
    for (; x < n; ++x) {
        const std::int16_t* s = src + index[x];
        dst[x] =
            static_cast<std::uint8_t>((s[0] * (64 - weight[x]) + s[1] * weight[x] + 2048) >> 12);
    }
}

void guided_row_u8(const std::uint8_t* guide, const std::int16_t* a, const std::int16_t* b,
                   const std::int32_t* index, const std::int16_t* weight, std::uint8_t* dst,
                   int n) {
    const __m256i half = _mm256_set1_epi32(32768);
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const __m256i i = load256(index + x);
        const __m256i w = stretch_weights(weight + x);
        const __m256i y =
            _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(guide + x)));
        const __m256i slope = _mm256_mullo_epi32(stretch_eight(a, i, w), y);
        const __m256i offset = _mm256_slli_epi32(stretch_eight(b, i, w), 8);
        const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(slope, offset), half);
        store_bytes(dst + x, _mm256_srai_epi32(sum, 16));
    }
    for (; x < n; ++x) {
        const int i = index[x];
        const int w = weight[x];
        const int slope = a[i] * (64 - w) + a[i + 1] * w;
        const int offset = b[i] * (64 - w) + b[i + 1] * w;
        const int value = (slope * guide[x] + offset * 256 + 32768) >> 16;
        dst[x] = static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

}  // namespace

void improve_image_resample(Table& t) {
    t.blend_rows_u8 = blend_rows_u8;
    t.reduce_s16 = reduce_s16;
    t.reduce_pairs_s16 = reduce_pairs_s16;
    t.mix3_f32 = mix3_f32;
    t.lerp_s16 = lerp_s16;
    t.stretch_s16_u8 = stretch_s16_u8;
    t.guided_row_u8 = guided_row_u8;
}

}  // namespace tarsier::kernels::avx2
