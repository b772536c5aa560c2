// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx512 {
namespace {

struct Add {
    static constexpr bool kBinary = true;
    static __m512 apply(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
};
struct Same {
    static constexpr bool kBinary = false;
    static __m512 apply(__m512 a, __m512) { return a; }
};
struct Sigmoid {
    static constexpr bool kBinary = false;
    static __m512 apply(__m512 a, __m512) { return sigmoid(a); }
};

/// `count` neighbouring values.
template <class Operation>
void values(const EachF32& args, const float* a, const float* b, float* dst, std::ptrdiff_t count) {
    const __m512 min = _mm512_set1_ps(args.min);
    const __m512 max = _mm512_set1_ps(args.max);
    std::ptrdiff_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        const __m512 x = _mm512_loadu_ps(a + i);
        const __m512 y = Operation::kBinary ? _mm512_loadu_ps(b + i) : x;
        _mm512_storeu_ps(dst + i, clamp(Operation::apply(x, y), min, max));
    }
    if (i == count) return;
    const __mmask16 mask = first_lanes(count - i);
    const __m512 x = _mm512_maskz_loadu_ps(mask, a + i);
    const __m512 y = Operation::kBinary ? _mm512_maskz_loadu_ps(mask, b + i) : x;
    _mm512_mask_storeu_ps(dst + i, mask, clamp(Operation::apply(x, y), min, max));
}

/// Pixels [begin, end), in one go where they are dense.
template <class Operation>
void each(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const bool dense = args.a_stride == args.channels && args.dst_stride == args.channels &&
                       (!Operation::kBinary || args.b_stride == args.channels);
    const std::ptrdiff_t pixels = dense ? end - begin : 1;
    for (std::ptrdiff_t p = begin; p < end; p += pixels)
        values<Operation>(args, args.a + p * args.a_stride, args.b + p * args.b_stride,
                          args.dst + p * args.dst_stride, pixels * args.channels);
}

}  // namespace

void add_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Add>(args, begin, end);
}

void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Same>(args, begin, end);
}

void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Sigmoid>(args, begin, end);
}

}  // namespace tarsier::kernels::avx512
