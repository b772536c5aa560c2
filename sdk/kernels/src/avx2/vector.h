// SPDX-License-Identifier: Apache-2.0
// What the float kernels of this level share. Everything has internal linkage: no symbol of this
// instruction set may be shared with other objects.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels::avx2 {
namespace {

constexpr int kLanes = 8;

alignas(32) constexpr std::int32_t kMaskWords[2 * kLanes] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                             0,  0,  0,  0,  0,  0,  0,  0};

/// The first `count` lanes, 0..8.
[[maybe_unused]] __m256i first_lanes(int count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMaskWords + kLanes - count));
}

[[maybe_unused]] __m256 clamp(__m256 x, __m256 min, __m256 max) {
    return _mm256_min_ps(_mm256_max_ps(x, min), max);
}

/// What simd/floats.h wants of a level.
struct Floats {
    using Vector = __m256;
    static constexpr int kLanes = avx2::kLanes;
    static Vector set(float x) { return _mm256_set1_ps(x); }
    static Vector load(const float* p) { return _mm256_loadu_ps(p); }
    static void store(float* p, Vector x) { _mm256_storeu_ps(p, x); }
    static Vector load_first(const float* p, std::ptrdiff_t count, Vector otherwise) {
        const __m256i mask = first_lanes(static_cast<int>(count));
        return _mm256_blendv_ps(otherwise, _mm256_maskload_ps(p, mask), _mm256_castsi256_ps(mask));
    }
    static void store_first(float* p, Vector x, std::ptrdiff_t count) {
        _mm256_maskstore_ps(p, first_lanes(static_cast<int>(count)), x);
    }
    static Vector larger(Vector a, Vector b) { return _mm256_max_ps(a, b); }
    static Vector smaller(Vector a, Vector b) { return _mm256_min_ps(a, b); }
    static Vector where_positive(Vector a, Vector x, Vector y) {
        return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ));
    }
    static Vector nearest(Vector x) {
        return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    static Vector scaled(Vector x, Vector n) {
        const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    }
    static float largest(Vector x) {
        __m128 m = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        m = _mm_max_ps(m, _mm_movehl_ps(m, m));
        return _mm_cvtss_f32(_mm_max_ss(m, _mm_shuffle_ps(m, m, 1)));
    }
    static float sum(Vector x) {
        __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
        s = _mm_add_ps(s, _mm_movehl_ps(s, s));
        return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
    }
    static void store_pairs(float* p, Vector a, Vector b) {
        const __m256 low = _mm256_unpacklo_ps(a, b);
        const __m256 high = _mm256_unpackhi_ps(a, b);
        store(p, _mm256_permute2f128_ps(low, high, 0x20));
        store(p + kLanes, _mm256_permute2f128_ps(low, high, 0x31));
    }
};

}  // namespace
}  // namespace tarsier::kernels::avx2
