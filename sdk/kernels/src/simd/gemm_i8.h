// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

/// A dense convolution of levels at a row of output pixels that meet the same taps: a matrix
/// product whose left side is read where it lies. Lengths are in bytes.
struct GemmI8 {
    const std::uint8_t* src;  ///< of the first pixel, at its first tap
    std::ptrdiff_t src_step;  ///< from pixel to pixel
    std::uint8_t* dst;        ///< of the first pixel
    std::ptrdiff_t dst_step;
    const std::int8_t* weights;
    std::ptrdiff_t panel;  ///< from panel to panel
    int out_channels;
    int rows;                   ///< of taps
    std::ptrdiff_t src_row;     ///< from one row of taps to the next
    int columns;                ///< of taps
    std::ptrdiff_t src_column;  ///< from one tap to the next in its row
    std::ptrdiff_t inputs;      ///< at each tap, in whole groups
    RequantI8 requant;
};

}  // namespace tarsier::kernels
