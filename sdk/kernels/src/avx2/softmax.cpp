// SPDX-License-Identifier: Apache-2.0
#include "simd/softmax.h"

#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {

void softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    softmax<Floats>(args, begin, end);
}

void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    binary_softmax<Floats>(args, begin, end);
}

}  // namespace tarsier::kernels::avx2
