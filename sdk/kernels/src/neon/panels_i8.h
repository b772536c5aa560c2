// SPDX-License-Identifier: Apache-2.0
// The matrix product of levels on Arm, around the tile of a level of instructions.
#pragma once

#include "neon/vector_i8.h"
#include "simd/gemm_i8.h"

namespace tarsier::kernels::neon {
namespace {

/// Adds 128 times the sum of a panel's weights, for tiles that read levels less 128.
[[maybe_unused]] void add_missing(const std::int8_t* weights, std::ptrdiff_t bytes,
                                  int32x4_t (&bias)[4]) {
    int32x4_t sum[4] = {};
    for (std::ptrdiff_t i = 0; i < bytes; i += kPanel * kGroup)
        for (int v = 0; v < 4; ++v)
            sum[v] = vpadalq_s16(sum[v], vpaddlq_s8(vld1q_s8(weights + i + 16 * v)));
    for (int v = 0; v < 4; ++v) bias[v] = vaddq_s32(bias[v], vshlq_n_s32(sum[v], 7));
}

/// Tile<kRows, kVectors> holds kRows pixels times kVectors vectors of output channels: start(bias),
/// add(src, step, weights, groups), which adds groups of inputs and returns the weights behind
/// them, and sums(r, out).
template <template <int, int> class Tile, int kRows, int kVectors>
[[gnu::always_inline]] inline void tile(const GemmI8& args, std::ptrdiff_t pixel,
                                        const std::int8_t* weights, const Scaling<16>& scaling,
                                        int channel) {
    Tile<kRows, kVectors> tile;
    tile.start(scaling.bias);
    const std::uint8_t* src = args.src + pixel * args.src_step;
    const std::ptrdiff_t bytes = args.inputs * kPanel;
    for (int row = 0; row < args.rows; ++row, src += args.src_row)
        for (int column = 0; column < args.columns; ++column, weights += bytes)
            tile.add(src + column * args.src_column, args.src_step, weights, weights + bytes);
    std::uint8_t* dst = args.dst + pixel * args.dst_step + channel;
    const int left = args.out_channels - channel;
    scaling.with_fraction([&]<int kFraction>() {
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r, dst += args.dst_step) {
            int32x4_t sums[kVectors];
            tile.sums(r, sums);
            if constexpr (kVectors == 4)
                store_first(dst, scaling.levels<kFraction>(sums), left);
            else
                store_first(dst, scaling.half<kFraction>(sums[0], sums[1]), left);
        }
    });
}

/// One panel of all pixels, kRows at a time. The last tile overlaps the one before it, which costs
/// less than a tail of small ones.
template <template <int, int> class Tile, int kRows, int kVectors>
[[gnu::noinline]] void panel(const GemmI8& gemm, std::ptrdiff_t pixels, const std::int8_t* weights,
                             const Scaling<16>& scaling, int channel) {
    const GemmI8 args = gemm;  // which no level that is written can change
    if (pixels < kRows) {
        for (std::ptrdiff_t pixel = 0; pixel < pixels; ++pixel)
            tile<Tile, 1, kVectors>(args, pixel, weights, scaling, channel);
        return;
    }
    for (std::ptrdiff_t pixel = 0;; pixel += kRows) {
        const bool last = pixel + kRows >= pixels;
        tile<Tile, kRows, kVectors>(args, last ? pixels - kRows : pixel, weights, scaling, channel);
        if (last) return;
    }
}

/// Writes all output channels of `pixels` pixels: kRows pixels of a panel at a time, or kNarrowRows
/// where only half of the panel is used.
template <template <int, int> class Tile, int kRows, int kNarrowRows>
void panels(const GemmI8& args, std::ptrdiff_t pixels) {
    const std::int8_t* weights = args.weights;
    for (int channel = 0; channel < args.out_channels; channel += kPanel, weights += args.panel) {
        Scaling<16> scaling(args.requant, channel);
        if constexpr (Tile<1, 4>::kLess128) add_missing(weights, args.panel, scaling.bias);
        if (args.out_channels - channel > kPanel / 2)
            panel<Tile, kRows, 4>(args, pixels, weights, scaling, channel);
        else
            panel<Tile, kNarrowRows, 2>(args, pixels, weights, scaling, channel);
    }
}

}  // namespace
}  // namespace tarsier::kernels::neon
