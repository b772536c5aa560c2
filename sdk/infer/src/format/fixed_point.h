// SPDX-License-Identifier: Apache-2.0
// The numbers by which networks of levels scale: docs/quantization.md.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace tarsier::infer {

/// The most bits of a level's fraction that survive the first rounding. With these, saturation to
/// 16 bits before the multiplication never changes a level.
inline constexpr int kMaxFraction = 6;
/// The most that one product of a level and a weight adds to a sum, whether levels are taken as
/// they are (255 * 127) or with 128 less and that part in the bias (twice 128 * 127).
inline constexpr std::int64_t kMaxProduct = 2 * 128 * 127;

/// A factor in [2^-17, 1) as multiplier * 2^-(15 + shift), multiplier in [2^14, 2^15).
struct FixedPoint {
    int multiplier = 0;
    int shift = 0;

    /// As files hold it.
    std::int32_t packed() const { return shift << 16 | multiplier; }
};

inline constexpr int kMaxShift = 31;

inline bool is_multiplier(std::int32_t packed) {
    const int multiplier = packed & 0xffff;
    return packed >> 16 >= 0 && packed >> 16 <= kMaxShift && multiplier >= 1 << 14 &&
           multiplier < 1 << 15;
}

/// The nearest fixed point of `factor`; nothing where it is not in [2^-32, 1). Beneath that, where
/// no sum makes a level, it is 2^-32.
inline std::optional<FixedPoint> fixed_point(double factor) {
    if (!(factor >= 0 && factor < 1)) return std::nullopt;
    int exponent = 0;
    const double mantissa = std::frexp(std::max(factor, 0x1p-32), &exponent);  // [0.5, 1) * 2^e
    auto multiplier = static_cast<int>(std::lround(mantissa * (1 << 15)));
    if (multiplier == 1 << 15) {
        multiplier = 1 << 14;
        ++exponent;
    }
    if (exponent > 0) return std::nullopt;
    return FixedPoint{multiplier, std::min(-exponent, kMaxShift)};
}

/// What the bias holds so that a shift to the right rounds.
inline std::int32_t rounding(const FixedPoint& factor) {
    return factor.shift > 0 ? std::int32_t{1} << (factor.shift - 1) : 0;
}

/// The most fraction bits with which `largest`, the largest factor of a step, has a fixed point; -1
/// where it has none: from 1 on.
inline int fraction_bits(double largest) {
    int bits = kMaxFraction;
    while (bits >= 0 && !fixed_point(std::ldexp(largest, bits))) --bits;
    return bits;
}

}  // namespace tarsier::infer
