// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

struct Add {
    static constexpr bool kBinary = true;
    static __m256 apply(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
};
struct Mul {
    static constexpr bool kBinary = true;
    static __m256 apply(__m256 a, __m256 b) { return _mm256_mul_ps(a, b); }
};
struct Prelu {
    static constexpr bool kBinary = true;
    static __m256 apply(__m256 a, __m256 b) {
        const __m256 positive = _mm256_cmp_ps(a, _mm256_setzero_ps(), _CMP_GT_OQ);
        return _mm256_blendv_ps(_mm256_mul_ps(a, b), a, positive);
    }
};
struct HardSwish {
    static constexpr bool kBinary = false;
    static __m256 apply(__m256 a, __m256) {
        const __m256 gate = _mm256_fmadd_ps(a, _mm256_set1_ps(1.0F / 6), _mm256_set1_ps(0.5F));
        return _mm256_mul_ps(a, clamp(gate, _mm256_setzero_ps(), _mm256_set1_ps(1.0F)));
    }
};
struct Same {
    static constexpr bool kBinary = false;
    static __m256 apply(__m256 a, __m256) { return a; }
};
struct Sigmoid {
    static constexpr bool kBinary = false;
    static __m256 apply(__m256 a, __m256) { return sigmoid(a); }
};

/// `count` neighbouring values.
template <class Operation>
void values(const EachF32& args, const float* a, const float* b, float* dst, std::ptrdiff_t count) {
    const __m256 min = _mm256_set1_ps(args.min);
    const __m256 max = _mm256_set1_ps(args.max);
    std::ptrdiff_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        const __m256 x = _mm256_loadu_ps(a + i);
        const __m256 y = Operation::kBinary ? _mm256_loadu_ps(b + i) : x;
        _mm256_storeu_ps(dst + i, clamp(Operation::apply(x, y), min, max));
    }
    if (i == count) return;
    const __m256i mask = first_lanes(static_cast<int>(count - i));
    const __m256 x = _mm256_maskload_ps(a + i, mask);
    const __m256 y = Operation::kBinary ? _mm256_maskload_ps(b + i, mask) : x;
    _mm256_maskstore_ps(dst + i, mask, clamp(Operation::apply(x, y), min, max));
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

void mul_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Mul>(args, begin, end);
}

void prelu_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Prelu>(args, begin, end);
}

void hard_swish_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<HardSwish>(args, begin, end);
}

void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Same>(args, begin, end);
}

void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    each<Sigmoid>(args, begin, end);
}

}  // namespace tarsier::kernels::avx2
