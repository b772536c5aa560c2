// SPDX-License-Identifier: Apache-2.0
// What the float kernels of this level share. Everything has internal linkage: no symbol of this
// instruction set may be shared with other objects.
#pragma once

#include <immintrin.h>

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

/// low + (high - low) * weight.
[[maybe_unused]] __m512 lerp(__m512 low, __m512 high, __m512 weight) {
    return _mm512_fmadd_ps(_mm512_sub_ps(high, low), weight, low);
}

/// exp(x) within 2 units in the last place: 2^n * p(r) with x = n ln 2 + r, |r| <= ln 2 / 2, p the
/// Taylor polynomial of degree 7. Saturates at the ends of the float range instead of overflowing.
[[maybe_unused]] __m512 exp(__m512 x) {
    x = clamp(x, _mm512_set1_ps(-87.0F), _mm512_set1_ps(88.0F));
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)),
                                          _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), r);
    __m512 p = _mm512_set1_ps(1.0F / 5040);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 720));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 120));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 24));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F / 6));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0F));
    return _mm512_scalef_ps(p, n);
}

/// 1 / (1 + exp(-x)).
[[maybe_unused]] __m512 sigmoid(__m512 x) {
    const __m512 one = _mm512_set1_ps(1.0F);
    return _mm512_div_ps(one, _mm512_add_ps(one, exp(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

}  // namespace
}  // namespace tarsier::kernels::avx512
