// SPDX-License-Identifier: Apache-2.0
// What the float kernels of this level share. Everything has internal linkage: no symbol of this
// instruction set may be shared with other objects.
#pragma once

#include <immintrin.h>

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace tarsier::kernels::avx512 {
namespace {

constexpr int kLanes = 16;

/// The first `count` lanes; all of them from 16 on.
[[maybe_unused]] __mmask16 first_lanes(std::ptrdiff_t count) {
    return static_cast<__mmask16>(count >= kLanes ? 0xffffU : (1U << count) - 1U);
}

[[maybe_unused]] __m512 clamp(__m512 x, __m512 min, __m512 max) {
    return _mm512_min_ps(_mm512_max_ps(x, min), max);
}

/// What holds results within bounds: comparisons take turns with multiply-accumulates, so those
/// with infinity are left out.
enum class Bounds { None, Lower, Both };

[[maybe_unused]] Bounds bounds_of(float min, float max) {
    if (max < INFINITY) return Bounds::Both;
    return min > -INFINITY ? Bounds::Lower : Bounds::None;
}

/// Calls body with a function that bounds a vector.
template <class Body>
[[gnu::always_inline]] inline void with_bounds(Bounds bounds, float min, float max,
                                               const Body& body) {
    const __m512 low = _mm512_set1_ps(min);
    if (bounds == Bounds::None) {
        body([](auto x) { return x; });
    } else if (bounds == Bounds::Lower) {
        body([=](auto x) {
            if constexpr (sizeof x == sizeof low)
                return _mm512_max_ps(x, low);
            else
                return _mm256_max_ps(x, _mm512_castps512_ps256(low));
        });
    } else {
        const __m512 high = _mm512_set1_ps(max);
        body([=](auto x) {
            if constexpr (sizeof x == sizeof low)
                return clamp(x, low, high);
            else
                return _mm256_min_ps(_mm256_max_ps(x, _mm512_castps512_ps256(low)),
                                     _mm512_castps512_ps256(high));
        });
    }
}

/// What simd/floats.h wants of a level.
struct Floats {
    using Vector = __m512;
    static constexpr int kLanes = avx512::kLanes;
    static Vector set(float x) { return _mm512_set1_ps(x); }
    static Vector load(const float* p) { return _mm512_loadu_ps(p); }
    static void store(float* p, Vector x) { _mm512_storeu_ps(p, x); }
    static Vector load_first(const float* p, std::ptrdiff_t count, Vector otherwise) {
        return _mm512_mask_loadu_ps(otherwise, first_lanes(count), p);
    }
    static void store_first(float* p, Vector x, std::ptrdiff_t count) {
        if (count == kLanes / 2) return _mm256_storeu_ps(p, _mm512_castps512_ps256(x));
        _mm512_mask_storeu_ps(p, first_lanes(count), x);  // slow
    }
    static Vector larger(Vector a, Vector b) { return _mm512_max_ps(a, b); }
    static Vector smaller(Vector a, Vector b) { return _mm512_min_ps(a, b); }
    static Vector where_positive(Vector a, Vector x, Vector y) {
        const __mmask16 positive = _mm512_cmp_ps_mask(a, _mm512_setzero_ps(), _CMP_GT_OQ);
        return _mm512_mask_blend_ps(positive, y, x);
    }
    static Vector nearest(Vector x) {
        return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    static Vector scaled(Vector x, Vector n) { return _mm512_scalef_ps(x, n); }
    static float largest(Vector x) { return _mm512_reduce_max_ps(x); }
    static float sum(Vector x) { return _mm512_reduce_add_ps(x); }
    static void store_pairs(float* p, Vector a, Vector b) {
        const __m512i low =
            _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(kLanes / 2));
        store(p, _mm512_permutex2var_ps(a, low, b));
        store(p + kLanes, _mm512_permutex2var_ps(a, high, b));
    }
};

}  // namespace
}  // namespace tarsier::kernels::avx512
