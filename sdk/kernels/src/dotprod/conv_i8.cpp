// SPDX-License-Identifier: Apache-2.0
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/panels_i8.h"

namespace tarsier::kernels::dotprod {
namespace {

using neon::signed_levels;
using neon::Sums;

template <int kCount>
struct Tile {
    int32x4_t sum[kCount][4];

    void start(int r, const Sums& bias) {
        for (int v = 0; v < 4; ++v) sum[r][v] = bias.v[v];
    }

    /// Adds group kLane of each pixel's four.
    template <int kLane>
    [[gnu::always_inline]] void add_lane(const int8x16_t (&x)[kCount], const std::int8_t* weights) {
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) {
            const int8x16_t w = vld1q_s8(weights + kLane * kPanel * kGroup + 16 * v);
#pragma GCC unroll 6
            for (int r = 0; r < kCount; ++r) sum[r][v] = vdotq_laneq_s32(sum[r][v], w, x[r], kLane);
        }
    }

    const std::int8_t* add(const std::uint8_t* src, std::ptrdiff_t step, const std::int8_t* weights,
                           std::ptrdiff_t groups) {
        int8x16_t x[kCount];
        for (; groups >= 4; groups -= 4, src += 4 * kGroup, weights += 4 * kPanel * kGroup) {
#pragma GCC unroll 6
            for (int r = 0; r < kCount; ++r) x[r] = signed_levels(vld1q_u8(src + r * step));
            add_lane<0>(x, weights);
            add_lane<1>(x, weights);
            add_lane<2>(x, weights);
            add_lane<3>(x, weights);
        }
        for (; groups > 0; --groups, src += kGroup, weights += kPanel * kGroup) {
#pragma GCC unroll 6
            for (int r = 0; r < kCount; ++r) {
                std::uint32_t levels;
                __builtin_memcpy(&levels, src + r * step, sizeof levels);
                x[r] = signed_levels(vreinterpretq_u8_u32(vdupq_n_u32(levels)));
            }
            add_lane<0>(x, weights);
        }
        return weights;
    }

    Sums sums(int r) const { return {{sum[r][0], sum[r][1], sum[r][2], sum[r][3]}}; }
};

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(neon::panels<Tile, 4>, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) {
    conv_by(neon::panels<Tile, 4>, args, begin, end);
}

}  // namespace tarsier::kernels::dotprod
