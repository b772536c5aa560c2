// SPDX-License-Identifier: Apache-2.0
// The matrix product of levels on Arm, around the tile of a level of instructions.
#pragma once

#include "neon/vector_i8.h"
#include "simd/gemm_i8.h"

namespace tarsier::kernels::neon {
namespace {

/// Adds 128 times the sum of a panel's weights: tiles read levels less 128.
[[maybe_unused]] void add_missing(const std::int8_t* weights, std::ptrdiff_t bytes, Sums& bias) {
    Sums sum{};
    for (std::ptrdiff_t i = 0; i < bytes; i += kPanel * kGroup)
        for (int v = 0; v < 4; ++v)
            sum.v[v] = vpadalq_s16(sum.v[v], vpaddlq_s8(vld1q_s8(weights + i + 16 * v)));
    for (int v = 0; v < 4; ++v) bias.v[v] = vaddq_s32(bias.v[v], vshlq_n_s32(sum.v[v], 7));
}

/// Tile<kCount> has sums[kCount] and add(src, step, weights, groups), which adds groups of inputs
/// of kCount pixels and returns the weights behind them.
template <template <int> class Tile, int kCount>
[[gnu::noinline]] void tile(const GemmI8& args, std::ptrdiff_t pixel, const std::int8_t* weights,
                            const Scaling& scaling, int channel) {
    Tile<kCount> tile;
    for (int r = 0; r < kCount; ++r) tile.start(r, scaling.bias);
    const std::uint8_t* const src = args.src + pixel * args.src_step;
    for (int row = 0; row < args.rows; ++row)
        for (int column = 0; column < args.columns; ++column)
            weights = tile.add(src + row * args.src_row + column * args.src_column, args.src_step,
                               weights, args.inputs / kGroup);
    std::uint8_t* dst = args.dst + pixel * args.dst_step + channel;
    for (int r = 0; r < kCount; ++r, dst += args.dst_step)
        store_first(dst, scaling.levels(tile.sums(r)), args.out_channels - channel);
}

/// Writes all output channels of `pixels` pixels, kRows at a time.
template <template <int> class Tile, int kRows>
void panels(const GemmI8& args, std::ptrdiff_t pixels) {
    const std::int8_t* weights = args.weights;
    for (int channel = 0; channel < args.out_channels; channel += kPanel, weights += args.panel) {
        Scaling scaling(args.requant, channel);
        add_missing(weights, args.panel, scaling.bias);
        std::ptrdiff_t pixel = 0;
        for (; pixel + kRows <= pixels; pixel += kRows)
            tile<Tile, kRows>(args, pixel, weights, scaling, channel);
        for (; pixel < pixels; ++pixel) tile<Tile, 1>(args, pixel, weights, scaling, channel);
    }
}

}  // namespace
}  // namespace tarsier::kernels::neon
