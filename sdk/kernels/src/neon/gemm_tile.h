// SPDX-License-Identifier: Apache-2.0
// The register tile of the dense convolutions: kRows pixels times kVectors vectors of output
// channels of one panel. Four inputs of a pixel are loaded at once and multiplied lane by lane.
// 5 x 4 takes 29 of 32 registers; 8 x 2 and 12 x 1 serve the panels of which fewer channels are
// used.
#pragma once

#include <tarsier/kernels/tensor.h>

#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

template <int kRows, int kVectors>
struct Tile {
    float32x4_t sum[kRows][kVectors];

    void start(const float* bias) {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v) sum[r][v] = vld1q_f32(bias + v * kLanes);
    }

    /// Adds input kLane of each pixel's four.
    template <int kLane>
    void add_lane(const float32x4_t (&x)[kRows], const float* weights) {
        float32x4_t w[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) w[v] = vld1q_f32(weights + kLane * kPanel + v * kLanes);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; ++v)
                sum[r][v] = vfmaq_laneq_f32(sum[r][v], w[v], x[r], kLane);
    }

    /// Adds `count` inputs: src[r * step + i] * weights[i * kPanel ...].
    void add(const float* src, std::ptrdiff_t step, const float* weights, std::ptrdiff_t count) {
        float32x4_t x[kRows];
        const float* const last = weights + count * kPanel;
        for (; weights + 4 * kPanel <= last; weights += 4 * kPanel, src += 4) {
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) x[r] = vld1q_f32(src + r * step);
            add_lane<0>(x, weights);
            add_lane<1>(x, weights);
            add_lane<2>(x, weights);
            add_lane<3>(x, weights);
        }
        for (; weights < last; weights += kPanel, ++src) {
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) x[r] = vld1q_dup_f32(src + r * step);
            add_lane<0>(x, weights);
        }
    }

    /// Writes the first `channels` channels of each pixel, which end in the last vector.
    void store(float* dst, std::ptrdiff_t stride, int channels, float min, float max) const {
        const float32x4_t low = vdupq_n_f32(min);
        const float32x4_t high = vdupq_n_f32(max);
        constexpr int kLast = kVectors - 1;
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
            float* out = dst + r * stride;
#pragma GCC unroll 4
            for (int v = 0; v < kLast; ++v)
                vst1q_f32(out + v * kLanes, clamp(sum[r][v], low, high));
            store_first(out + kLast * kLanes, clamp(sum[r][kLast], low, high),
                        channels - kLast * kLanes);
        }
    }
};

/// Calls run<kRows, kVectors>() with the tile that suits a panel of so many channels.
template <class Run>
void with_tile(int channels, const Run& run) {
    if (channels > 3 * kLanes)
        run.template operator()<5, 4>();
    else if (channels > 2 * kLanes)
        run.template operator()<6, 3>();
    else if (channels > kLanes)
        run.template operator()<8, 2>();
    else
        run.template operator()<12, 1>();
}

}  // namespace
}  // namespace tarsier::kernels::neon
