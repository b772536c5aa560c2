// SPDX-License-Identifier: Apache-2.0
// Products of matrices: an instruction multiplies eight inputs of two pixels with those of two
// channels, levels as they are.
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/panels_i8.h"

namespace tarsier::kernels::i8mm {
namespace {

/// Pixels in pairs; of each pair, two channels to a vector. A single pixel is its own partner.
template <int kRows, int kVectors>
struct Tile {
    static constexpr bool kLess128 = false;
    static constexpr int kPairs = (kRows + 1) / 2;
    int32x4_t sum[kPairs][2 * kVectors];

    void start(const int32x4_t (&bias)[4]) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v)
#pragma GCC unroll 4
            for (int p = 0; p < kPairs; ++p) {
                sum[p][2 * v] = doubles<1>(bias[v], bias[v]);
                sum[p][2 * v + 1] = doubles<2>(bias[v], bias[v]);
            }
    }

    void add(const std::uint8_t* src, std::ptrdiff_t step, const std::int8_t* weights,
             const std::int8_t* last) {
        constexpr int kBytes = kPanel * kGroup;
        for (; last - weights >= 2 * kBytes; src += 2 * kGroup, weights += 2 * kBytes)
            add_groups<2>(src, step, weights);
        if (weights < last) add_groups<1>(src, step, weights);
    }

    void sums(int r, int32x4_t (&out)[kVectors]) const {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            const int32x4_t a = sum[r / 2][2 * v];
            const int32x4_t b = sum[r / 2][2 * v + 1];
            out[v] = r % 2 == 0 ? doubles<1>(a, b) : doubles<2>(a, b);
        }
    }

  private:
    /// The first or second halves of two vectors.
    template <int kHalf>
    static int32x4_t doubles(int32x4_t a, int32x4_t b) {
        const int64x2_t x = vreinterpretq_s64_s32(a);
        const int64x2_t y = vreinterpretq_s64_s32(b);
        return vreinterpretq_s32_s64(kHalf == 1 ? vzip1q_s64(x, y) : vzip2q_s64(x, y));
    }

    /// Adds two groups of inputs, or one, where the second meets weights of zero.
    template <int kGroups>
    [[gnu::always_inline]] void add_groups(const std::uint8_t* src, std::ptrdiff_t step,
                                           const std::int8_t* weights) {
        uint8x16_t x[kPairs];
#pragma GCC unroll 4
        for (int p = 0; p < kPairs; ++p) {
            const std::uint8_t* const other = src + (kRows > 1 ? 2 * p + 1 : 0) * step;
            x[p] = vcombine_u8(vld1_u8(src + 2 * p * step), vld1_u8(other));
        }
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
            const int32x4_t a = vreinterpretq_s32_s8(vld1q_s8(weights + 16 * v));
            const int32x4_t b =
                kGroups == 2 ? vreinterpretq_s32_s8(vld1q_s8(weights + kPanel * kGroup + 16 * v))
                             : vdupq_n_s32(0);
            const int8x16_t first = vreinterpretq_s8_s32(vzip1q_s32(a, b));
            const int8x16_t second = vreinterpretq_s8_s32(vzip2q_s32(a, b));
#pragma GCC unroll 4
            for (int p = 0; p < kPairs; ++p) {
                sum[p][2 * v] = vusmmlaq_s32(sum[p][2 * v], x[p], first);
                sum[p][2 * v + 1] = vusmmlaq_s32(sum[p][2 * v + 1], x[p], second);
            }
        }
    }
};

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(neon::panels<Tile, 6, 8>, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) {
    conv_by(neon::panels<Tile, 6, 8>, args, begin, end);
}

}  // namespace tarsier::kernels::i8mm
