// SPDX-License-Identifier: Apache-2.0
// Without dot products: two products of signed bytes fit 16 bits, since weights are never -128, and
// are added to 32-bit sums in pairs.
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/panels_i8.h"

namespace tarsier::kernels::neon {
namespace {

/// Of each channel two partial sums, which the end adds.
template <int kCount>
struct Tile {
    int32x4_t sum[kCount][8];

    void start(int r, const Sums& bias) {
        const int32x4_t zero = vdupq_n_s32(0);
        for (int v = 0; v < 4; ++v) {
            sum[r][2 * v] = vzip1q_s32(bias.v[v], zero);
            sum[r][2 * v + 1] = vzip2q_s32(bias.v[v], zero);
        }
    }

    const std::int8_t* add(const std::uint8_t* src, std::ptrdiff_t step, const std::int8_t* weights,
                           std::ptrdiff_t groups) {
        constexpr int kBytes = kPanel * kGroup;
        for (; groups >= 2; groups -= 2, src += 2 * kGroup, weights += 2 * kBytes) {
            int8x16_t x[kCount], y[kCount];
#pragma GCC unroll 2
            for (int r = 0; r < kCount; ++r) {
                x[r] = group(src + r * step);
                y[r] = group(src + r * step + kGroup);
            }
#pragma GCC unroll 4
            for (int v = 0; v < 4; ++v) {
                const int8x16_t w = vld1q_s8(weights + 16 * v);
                const int8x16_t u = vld1q_s8(weights + kBytes + 16 * v);
#pragma GCC unroll 2
                for (int r = 0; r < kCount; ++r) {
                    int16x8_t a = vmull_s8(vget_low_s8(w), vget_low_s8(x[r]));
                    a = vmlal_s8(a, vget_low_s8(u), vget_low_s8(y[r]));
                    int16x8_t b = vmull_high_s8(w, x[r]);
                    b = vmlal_high_s8(b, u, y[r]);
                    sum[r][2 * v] = vpadalq_s16(sum[r][2 * v], a);
                    sum[r][2 * v + 1] = vpadalq_s16(sum[r][2 * v + 1], b);
                }
            }
        }
        if (groups == 0) return weights;
#pragma GCC unroll 2
        for (int r = 0; r < kCount; ++r) {
            const int8x16_t x = group(src + r * step);
#pragma GCC unroll 4
            for (int v = 0; v < 4; ++v) {
                const int8x16_t w = vld1q_s8(weights + 16 * v);
                sum[r][2 * v] =
                    vpadalq_s16(sum[r][2 * v], vmull_s8(vget_low_s8(w), vget_low_s8(x)));
                sum[r][2 * v + 1] = vpadalq_s16(sum[r][2 * v + 1], vmull_high_s8(w, x));
            }
        }
        return weights + kBytes;
    }

    Sums sums(int r) const {
        Sums out;
        for (int v = 0; v < 4; ++v) out.v[v] = vpaddq_s32(sum[r][2 * v], sum[r][2 * v + 1]);
        return out;
    }

  private:
    static int8x16_t group(const std::uint8_t* p) {
        std::uint32_t levels;
        __builtin_memcpy(&levels, p, sizeof levels);
        return signed_levels(vreinterpretq_u8_u32(vdupq_n_u32(levels)));
    }
};

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(panels<Tile, 2>, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) { conv_by(panels<Tile, 2>, args, begin, end); }

}  // namespace tarsier::kernels::neon
