// SPDX-License-Identifier: Apache-2.0
// Without dot products: two products of signed bytes fit 16 bits, since weights are never -128, and
// are added to 32-bit sums in pairs.
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/panels_i8.h"

namespace tarsier::kernels::neon {
namespace {

/// Of each channel two partial sums, which the end adds.
template <int kRows, int kVectors>
struct Tile {
    static constexpr bool kLess128 = true;
    int32x4_t sum[kRows][2 * kVectors];

    void start(const int32x4_t (&bias)[4]) {
        const int32x4_t zero = vdupq_n_s32(0);
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v)
#pragma GCC unroll 4
            for (int r = 0; r < kRows; ++r) {
                sum[r][2 * v] = vzip1q_s32(bias[v], zero);
                sum[r][2 * v + 1] = vzip2q_s32(bias[v], zero);
            }
    }

    void add(const std::uint8_t* src, std::ptrdiff_t step, const std::int8_t* weights,
             const std::int8_t* last) {
        constexpr int kBytes = kPanel * kGroup;
        for (; last - weights >= 2 * kBytes; src += 2 * kGroup, weights += 2 * kBytes) {
            int8x16_t x[kRows][2];
#pragma GCC unroll 4
            for (int r = 0; r < kRows; ++r) load(src + r * step, x[r]);
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) {
                const int8x16_t w = vld1q_s8(weights + 16 * v);
                const int8x16_t u = vld1q_s8(weights + kBytes + 16 * v);
#pragma GCC unroll 4
                for (int r = 0; r < kRows; ++r) {
                    int16x8_t a = vmull_s8(vget_low_s8(w), vget_low_s8(x[r][0]));
                    a = vmlal_s8(a, vget_low_s8(u), vget_low_s8(x[r][1]));
                    int16x8_t b = vmull_high_s8(w, x[r][0]);
                    b = vmlal_high_s8(b, u, x[r][1]);
                    sum[r][2 * v] = vpadalq_s16(sum[r][2 * v], a);
                    sum[r][2 * v + 1] = vpadalq_s16(sum[r][2 * v + 1], b);
                }
            }
        }
        if (weights == last) return;
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) {
            int8x16_t x[2];
            load(src + r * step, x);
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) {
                const int8x16_t w = vld1q_s8(weights + 16 * v);
                sum[r][2 * v] =
                    vpadalq_s16(sum[r][2 * v], vmull_s8(vget_low_s8(w), vget_low_s8(x[0])));
                sum[r][2 * v + 1] = vpadalq_s16(sum[r][2 * v + 1], vmull_high_s8(w, x[0]));
            }
        }
    }

    void sums(int r, int32x4_t (&out)[kVectors]) const {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) out[v] = vpaddq_s32(sum[r][2 * v], sum[r][2 * v + 1]);
    }

  private:
    /// Two groups, each in all lanes.
    static void load(const std::uint8_t* p, int8x16_t (&x)[2]) {
        const uint32x4x2_t levels = vld2q_dup_u32(reinterpret_cast<const std::uint32_t*>(p));
        x[0] = signed_levels(vreinterpretq_u8_u32(levels.val[0]));
        x[1] = signed_levels(vreinterpretq_u8_u32(levels.val[1]));
    }
};

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(panels<Tile, 2, 4>, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) {
    conv_by(panels<Tile, 2, 4>, args, begin, end);
}

}  // namespace tarsier::kernels::neon
