// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/tensor.h>

namespace tarsier::kernels::avx512 {

/// A dense convolution at a row of output pixels that meet the same taps: a matrix product whose
/// left side is read where it lies. Lengths are in floats.
struct Gemm {
    const float* src;         ///< of the first pixel, at its first tap
    std::ptrdiff_t src_step;  ///< from pixel to pixel
    float* dst;               ///< of the first pixel
    std::ptrdiff_t dst_step;
    const float* weights;  ///< of the first tap
    std::ptrdiff_t panel;  ///< from panel to panel
    const float* bias;
    int out_channels;
    int rows;                ///< of taps
    std::ptrdiff_t src_row;  ///< from one row of taps to the next
    std::ptrdiff_t weights_row;
    int columns;                ///< of taps
    std::ptrdiff_t src_column;  ///< from one tap to the next in its row
    std::ptrdiff_t weights_column;
    std::ptrdiff_t inputs;  ///< at each tap, contiguous in source and weights
    float min, max;
};

/// Writes all output channels of `pixels` pixels.
void gemm(const Gemm& args, std::ptrdiff_t pixels);

}  // namespace tarsier::kernels::avx512
