// SPDX-License-Identifier: Apache-2.0
// What the kernels on levels share on Arm, here and in the levels above. Everything has internal
// linkage, as in the other levels.
#pragma once

#include <arm_neon.h>
#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels::neon {
namespace {

/// Levels less 128, as signed numbers: the products of bytes want both signed.
[[maybe_unused]] int8x16_t signed_levels(uint8x16_t x) {
    return vreinterpretq_s8_u8(veorq_u8(x, vdupq_n_u8(0x80)));
}

/// Stores the first `count` levels, 1..16.
[[maybe_unused]] void store_first(std::uint8_t* p, uint8x16_t x, int count) {
    if (count >= 16) return vst1q_u8(p, x);
    if (count & 8) {
        vst1_u8(p, vget_low_u8(x));
        x = vextq_u8(x, x, 8);
        p += 8;
    }
    std::uint64_t rest = vgetq_lane_u64(vreinterpretq_u64_u8(x), 0);
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

[[maybe_unused]] void store_first(std::uint8_t* p, uint8x8_t x, int count) {
    if (count >= 8) return vst1_u8(p, x);
    store_first(p, vcombine_u8(x, x), count);
}

/// The upper halves of eight numbers.
[[maybe_unused]] int16x8_t upper_halves(int32x4_t a, int32x4_t b) {
    return vuzp2q_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b));
}

/// How the sums of 8 or 16 channels become levels.
template <int kChannels>
struct Scaling {
    static constexpr int kVectors = kChannels / 4;
    int32x4_t bias[kVectors];
    int32x4_t shift[kVectors];  ///< to the left, which leaves t of RequantI8 in the upper halves
    int16x8_t multiplier[kVectors / 2], offset;
    int16x8_t right;  ///< shift to the left by -fraction
    uint8x16_t low, high;
    int fraction;  ///< 0 where the bounds say something

    /// Channels from `channel` on.
    Scaling(const RequantI8& requant, int channel)
        : Scaling(requant, requant.bias + channel, requant.multipliers + channel, 4) {}

    /// Channels that all have the numbers of the first.
    static Scaling of_all_channels(const RequantI8& requant) {
        alignas(16) std::int32_t bias[4], multipliers[4];
        vst1q_s32(bias, vdupq_n_s32(requant.bias[0]));
        vst1q_s32(multipliers, vdupq_n_s32(requant.multipliers[0]));
        return {requant, bias, multipliers, 0};
    }

    /// Half kHalf of the channels, not yet shifted by the fraction.
    template <int kHalf>
    [[gnu::always_inline]] int16x8_t scaled(int32x4_t a, int32x4_t b) const {
        // Saturating to 32 bits where t stands in the upper half saturates t to 16.
        const int16x8_t t =
            upper_halves(vqshlq_s32(a, shift[2 * kHalf]), vqshlq_s32(b, shift[2 * kHalf + 1]));
        return vqaddq_s16(vqrdmulhq_s16(t, multiplier[kHalf]), offset);
    }

    /// kFraction is what with_fraction() says.
    template <int kFraction>
    [[gnu::always_inline]] uint8x8_t half(int32x4_t a, int32x4_t b) const {
        const int16x8_t v = scaled<0>(a, b);
        if constexpr (kFraction > 0) return vqshrun_n_s16(v, kFraction);
        const uint8x8_t x = vqmovun_s16(vshlq_s16(v, right));
        return vmin_u8(vmax_u8(x, vget_low_u8(low)), vget_low_u8(high));
    }
    template <int kFraction>
    [[gnu::always_inline]] uint8x16_t levels(const int32x4_t (&sums)[4]) const {
        const int16x8_t a = scaled<0>(sums[0], sums[1]);
        const int16x8_t b = scaled<1>(sums[2], sums[3]);
        if constexpr (kFraction > 0)
            return vqshrun_high_n_s16(vqshrun_n_s16(a, kFraction), b, kFraction);
        const uint8x16_t x =
            vqmovun_high_s16(vqmovun_s16(vshlq_s16(a, right)), vshlq_s16(b, right));
        return vminq_u8(vmaxq_u8(x, low), high);
    }

    /// Calls run<fraction>() with the fractions that networks have mostly, or with 0 for any.
    template <class Run>
    [[gnu::always_inline]] void with_fraction(const Run& run) const {
        if (fraction == 6)
            run.template operator()<6>();
        else if (fraction == 5)
            run.template operator()<5>();
        else
            run.template operator()<0>();
    }

  private:
    /// `step` numbers from vector to vector.
    Scaling(const RequantI8& requant, const std::int32_t* biases, const std::int32_t* multipliers,
            int step)
        : offset(vdupq_n_s16(static_cast<std::int16_t>((requant.zero_point << requant.fraction) +
                                                       ((1 << requant.fraction) >> 1)))),
          right(vdupq_n_s16(static_cast<std::int16_t>(-requant.fraction))),
          low(vdupq_n_u8(static_cast<std::uint8_t>(requant.low))),
          high(vdupq_n_u8(static_cast<std::uint8_t>(requant.high))),
          fraction(requant.low == 0 && requant.high == 255 ? requant.fraction : 0) {
        int16x4_t factor[kVectors];
        for (int i = 0; i < kVectors; ++i) {
            const int32x4_t both = vld1q_s32(multipliers + step * i);
            bias[i] = vld1q_s32(biases + step * i);
            shift[i] = vsubq_s32(vdupq_n_s32(16), vshrq_n_s32(both, 16));
            factor[i] = vmovn_s32(both);
        }
        for (int i = 0; i < kVectors / 2; ++i)
            multiplier[i] = vcombine_s16(factor[2 * i], factor[2 * i + 1]);
    }
};

}  // namespace
}  // namespace tarsier::kernels::neon
