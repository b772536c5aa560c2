// SPDX-License-Identifier: Apache-2.0
#include "simd/conv_i8.h"

#include <tarsier/kernels/kernels.h>

#include "gemm_i8.h"

namespace tarsier::kernels {
namespace scalar {
void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
}

namespace avx2 {
namespace {

constexpr std::ptrdiff_t kMaxInputs = 8192;  ///< of an output that the matrix product can do

}  // namespace

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    if (args.in_channels > kMaxInputs) return scalar::conv1x1_i8(args, begin, end);
    conv1x1_by(gemm_i8, args, begin, end);
}

void conv_i8(const ConvI8& args, int begin, int end) {
    const std::ptrdiff_t inputs = in_groups(args.in_channels) * args.kernel_h * args.kernel_w;
    if (inputs > kMaxInputs) return scalar::conv_i8(args, begin, end);
    conv_by(gemm_i8, args, begin, end);
}

}  // namespace avx2
}  // namespace tarsier::kernels
