// SPDX-License-Identifier: Apache-2.0
// What the kernels on levels share. Everything has internal linkage, as in the other levels.
#pragma once

#include <immintrin.h>
#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

#include "simd/blocks_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

[[maybe_unused]] __m128i load_levels(const std::uint8_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
[[maybe_unused]] __m256i load_wide(const std::uint8_t* p) {
    return _mm256_cvtepu8_epi16(load_levels(p));
}
[[maybe_unused]] void store_levels(std::uint8_t* p, __m128i x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x);
}

/// Sixteen 16-bit numbers, saturated to levels.
[[maybe_unused]] __m128i narrow(__m256i x) {
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi16(x, x), 0x08));
}

[[maybe_unused]] __m128i clamp(__m128i x, __m128i low, __m128i high) {
    return _mm_min_epu8(_mm_max_epu8(x, low), high);
}

/// Stores the first `count` levels, 1..16.
[[maybe_unused]] void store_first(std::uint8_t* p, __m128i x, int count) {
    if (count >= kBlock) return store_levels(p, x);
    if (count & 8) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), x);
        x = _mm_unpackhi_epi64(x, x);
        p += 8;
    }
    auto rest = static_cast<std::uint64_t>(_mm_cvtsi128_si64(x));
    if (count & 4) {
        __builtin_memcpy(p, &rest, 4);
        rest >>= 32;
        p += 4;
    }
    if (count & 2) {
        __builtin_memcpy(p, &rest, 2);
        rest >>= 16;
        p += 2;
    }
    if (count & 1) *p = static_cast<std::uint8_t>(rest);
}

}  // namespace
}  // namespace tarsier::kernels::avx2
