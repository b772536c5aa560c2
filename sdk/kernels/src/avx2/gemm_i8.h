// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simd/gemm_i8.h"

namespace tarsier::kernels::avx2 {

/// Writes all output channels of `pixels` pixels.
void gemm_i8(const GemmI8& args, std::ptrdiff_t pixels);

}  // namespace tarsier::kernels::avx2
