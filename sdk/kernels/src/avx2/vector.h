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

/// exp(x) within 2 units in the last place: 2^n * p(r) with x = n ln 2 + r, |r| <= ln 2 / 2, p the
/// Taylor polynomial of degree 7. Saturates at the ends of the float range instead of overflowing.
[[maybe_unused]] __m256 exp(__m256 x) {
    x = clamp(x, _mm256_set1_ps(-87.0F), _mm256_set1_ps(88.0F));
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504F)),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375F), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4F), r);
    __m256 p = _mm256_set1_ps(1.0F / 5040);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F / 720));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F / 120));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F / 24));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F / 6));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5F));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0F));
    const __m256i power =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(power));
}

/// 1 / (1 + exp(-x)).
[[maybe_unused]] __m256 sigmoid(__m256 x) {
    const __m256 one = _mm256_set1_ps(1.0F);
    return _mm256_div_ps(one, _mm256_add_ps(one, exp(_mm256_sub_ps(_mm256_setzero_ps(), x))));
}

}  // namespace
}  // namespace tarsier::kernels::avx2
