// SPDX-License-Identifier: Apache-2.0
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/panels_i8.h"

namespace tarsier::kernels::dotprod {
namespace {

using neon::signed_levels;

template <int kRows, int kVectors>
struct Tile {
    static constexpr bool kLess128 = true;
    int32x4_t sum[kRows][kVectors];

    void start(const int32x4_t (&bias)[4]) {
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) sum[r][v] = bias[v];
    }

    /// Adds group kLane of each pixel's four.
    template <int kLane>
    [[gnu::always_inline]] void add_lane(const int8x16_t (&x)[kRows], const std::int8_t* weights) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            const int8x16_t w = vld1q_s8(weights + kLane * kPanel * kGroup + 16 * v);
#pragma GCC unroll 8
            for (int r = 0; r < kRows; ++r) sum[r][v] = vdotq_laneq_s32(sum[r][v], w, x[r], kLane);
        }
    }

    void add(const std::uint8_t* src, std::ptrdiff_t step, const std::int8_t* weights,
             const std::int8_t* last) {
        constexpr int kBytes = kPanel * kGroup;
        int8x16_t x[kRows];
        for (; last - weights >= 4 * kBytes; src += 4 * kGroup, weights += 4 * kBytes) {
            load(src, step, x);
            add_lane<0>(x, weights);
            add_lane<1>(x, weights);
            add_lane<2>(x, weights);
            add_lane<3>(x, weights);
        }
        if (weights == last) return;
        load(src, step, x);
        add_lane<0>(x, weights);
        if (last - weights > kBytes) add_lane<1>(x, weights);
        if (last - weights > 2 * kBytes) add_lane<2>(x, weights);
    }

    void sums(int r, int32x4_t (&out)[kVectors]) const {
        for (int v = 0; v < kVectors; ++v) out[v] = sum[r][v];
    }

  private:
    static void load(const std::uint8_t* src, std::ptrdiff_t step, int8x16_t (&x)[kRows]) {
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r) x[r] = signed_levels(vld1q_u8(src + r * step));
    }
};

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(neon::panels<Tile, 5, 8>, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) {
    conv_by(neon::panels<Tile, 5, 8>, args, begin, end);
}

}  // namespace tarsier::kernels::dotprod
