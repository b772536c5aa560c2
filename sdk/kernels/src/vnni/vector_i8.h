// SPDX-License-Identifier: Apache-2.0
// What the kernels of this level share. Everything has internal linkage: no symbol of this
// instruction set may be shared with other objects.
#pragma once

#include <immintrin.h>
#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels::vnni {
namespace {

[[maybe_unused]] std::int32_t load_group(const std::uint8_t* p) {
    std::int32_t group;
    __builtin_memcpy(&group, p, sizeof group);
    return group;
}

/// Stores the first `count` bytes, 1..16: masked stores of bytes are slow.
[[maybe_unused]] void store_first(std::uint8_t* p, __m128i x, int count) {
    if (count >= 16) return _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x);
    if (count & 8) {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(p), x);
        x = _mm_unpackhi_epi64(x, x);
        p += 8;
    }
    std::uint64_t rest = static_cast<std::uint64_t>(_mm_cvtsi128_si64(x));
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

/// The same, 1..32.
[[maybe_unused]] void store_first(std::uint8_t* p, __m256i x, int count) {
    if (count >= 32) return _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
    if (count <= 16) return store_first(p, _mm256_castsi256_si128(x), count);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(x));
    store_first(p + 16, _mm256_extracti128_si256(x, 1), count - 16);
}

/// What all channels of a RequantI8 share, as 16-bit numbers and levels.
struct Rounding {
    short offset;  ///< the zero point and half, with the fraction's bits
    __m128i fraction;
    char low, high;

    explicit Rounding(const RequantI8& requant)
        : offset(static_cast<short>((requant.zero_point << requant.fraction) +
                                    ((1 << requant.fraction) >> 1))),
          fraction(_mm_cvtsi32_si128(requant.fraction)),
          low(static_cast<char>(requant.low)),
          high(static_cast<char>(requant.high)) {}
};

/// Sums, shifted and saturated to 16 bits, to levels before their clamp; 16-bit lanes. Where the
/// addition saturates the level lies beyond 255 anyway.
[[maybe_unused]] __m512i scaled(__m512i t, __m512i multiplier, __m512i offset, __m128i fraction) {
    return _mm512_sra_epi16(_mm512_adds_epi16(_mm512_mulhrs_epi16(t, multiplier), offset),
                            fraction);
}
[[maybe_unused]] __m256i scaled(__m256i t, __m256i multiplier, __m256i offset, __m128i fraction) {
    return _mm256_sra_epi16(_mm256_adds_epi16(_mm256_mulhrs_epi16(t, multiplier), offset),
                            fraction);
}

}  // namespace
}  // namespace tarsier::kernels::vnni
