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

/// Sums of sixteen channels.
struct Sums {
    int32x4_t v[4];
};

/// How the sums of sixteen channels become levels.
struct Scaling {
    Sums bias;
    int32x4_t shift[4];  ///< to the left
    int16x8_t multiplier[2], offset, fraction;
    uint8x16_t low, high;

    Scaling(const RequantI8& requant, int channel)
        : offset(vdupq_n_s16(static_cast<std::int16_t>((requant.zero_point << requant.fraction) +
                                                       ((1 << requant.fraction) >> 1)))),
          fraction(vdupq_n_s16(static_cast<std::int16_t>(-requant.fraction))),
          low(vdupq_n_u8(static_cast<std::uint8_t>(requant.low))),
          high(vdupq_n_u8(static_cast<std::uint8_t>(requant.high))) {
        int16x4_t factor[4];
        for (int i = 0; i < 4; ++i) {
            const int32x4_t both = vld1q_s32(requant.multipliers + channel + 4 * i);
            bias.v[i] = vld1q_s32(requant.bias + channel + 4 * i);
            shift[i] = vnegq_s32(vshrq_n_s32(both, 16));
            factor[i] = vmovn_s32(both);
        }
        multiplier[0] = vcombine_s16(factor[0], factor[1]);
        multiplier[1] = vcombine_s16(factor[2], factor[3]);
    }

    uint8x16_t levels(const Sums& sums) const {
        uint8x8_t half[2];
        for (int i = 0; i < 2; ++i) {
            const int16x4_t a = vqmovn_s32(vshlq_s32(sums.v[2 * i], shift[2 * i]));
            const int16x8_t t = vqmovn_high_s32(a, vshlq_s32(sums.v[2 * i + 1], shift[2 * i + 1]));
            const int16x8_t v = vqaddq_s16(vqrdmulhq_s16(t, multiplier[i]), offset);
            half[i] = vqmovun_s16(vshlq_s16(v, fraction));
        }
        return vminq_u8(vmaxq_u8(vcombine_u8(half[0], half[1]), low), high);
    }
};

}  // namespace
}  // namespace tarsier::kernels::neon
