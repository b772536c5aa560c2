// SPDX-License-Identifier: Apache-2.0
#include "simd/elementwise.h"

#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx512 {

void add_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, Add>(args, begin, end);
}

void mul_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, Mul>(args, begin, end);
}

void prelu_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, Prelu>(args, begin, end);
}

void hard_swish_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, HardSwish>(args, begin, end);
}

void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, Same>(args, begin, end);
}

void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Floats, Sigmoid>(args, begin, end);
}

}  // namespace tarsier::kernels::avx512
