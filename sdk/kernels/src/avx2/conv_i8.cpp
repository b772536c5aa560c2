// SPDX-License-Identifier: Apache-2.0
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "gemm_i8.h"

namespace tarsier::kernels::avx2 {

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    conv1x1_by(gemm_i8, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) { conv_by(gemm_i8, args, begin, end); }

}  // namespace tarsier::kernels::avx2
