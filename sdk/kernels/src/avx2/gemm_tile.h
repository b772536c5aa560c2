// SPDX-License-Identifier: Apache-2.0
// The register tile of the dense convolutions: kRows pixels times kVectors vectors of output
// channels of one panel. 6 x 2 takes 12 of 16 registers, 12 x 1 serves the panels of which at most
// 8 channels are used.
#pragma once

#include <tarsier/kernels/tensor.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

template <int kRows, int kVectors>
struct Tile {
    __m256 sum[kRows][kVectors];

    void start(const float* bias) {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm256_load_ps(bias + v * kLanes);
    }

    /// Adds `count` inputs: src[r * step + i] * weights[i * kPanel ...].
    void add(const float* src, std::ptrdiff_t step, const float* weights, std::ptrdiff_t count) {
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            __m256 w[kVectors];
#pragma GCC unroll 2
            for (int v = 0; v < kVectors; ++v)
                w[v] = _mm256_load_ps(weights + i * kPanel + v * kLanes);
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) {
                const __m256 x = _mm256_broadcast_ss(src + r * step + i);
#pragma GCC unroll 2
                for (int v = 0; v < kVectors; ++v) sum[r][v] = _mm256_fmadd_ps(x, w[v], sum[r][v]);
            }
        }
    }

    /// Writes the first `channels` channels of each pixel.
    void store(float* dst, std::ptrdiff_t stride, int channels, float min, float max) const {
        const __m256 low = _mm256_set1_ps(min);
        const __m256 high = _mm256_set1_ps(max);
        const int last = channels - (kVectors - 1) * kLanes;
        const __m256i mask = first_lanes(last < kLanes ? last : kLanes);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
            float* out = dst + r * stride;
            if constexpr (kVectors == 2) _mm256_storeu_ps(out, clamp(sum[r][0], low, high));
            out += (kVectors - 1) * kLanes;
            const __m256 x = clamp(sum[r][kVectors - 1], low, high);
            if (last >= kLanes)
                _mm256_storeu_ps(out, x);
            else
                _mm256_maskstore_ps(out, mask, x);
        }
    }
};

}  // namespace
}  // namespace tarsier::kernels::avx2
