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

/// Stores the first `count` bytes, 1..16.
[[maybe_unused]] void store_first(std::uint8_t* p, __m128i x, int count) {
    _mm_mask_storeu_epi8(p, static_cast<__mmask16>(0xffff >> (16 - count)), x);
}

/// The same, 1..32.
[[maybe_unused]] void store_first(std::uint8_t* p, __m256i x, int count) {
    _mm256_mask_storeu_epi8(p, ~__mmask32{0} >> (32 - count), x);
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
