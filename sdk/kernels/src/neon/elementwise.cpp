// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

struct Add {
    static constexpr bool kBinary = true;
    static float32x4_t apply(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
};
struct Mul {
    static constexpr bool kBinary = true;
    static float32x4_t apply(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
};
struct Prelu {
    static constexpr bool kBinary = true;
    static float32x4_t apply(float32x4_t a, float32x4_t b) {
        return vbslq_f32(vcgtzq_f32(a), a, vmulq_f32(a, b));
    }
};
struct HardSwish {
    static constexpr bool kBinary = false;
    static float32x4_t apply(float32x4_t a, float32x4_t) {
        const float32x4_t gate = vfmaq_n_f32(vdupq_n_f32(0.5F), a, 1.0F / 6);
        return vmulq_f32(a, clamp(gate, vdupq_n_f32(0), vdupq_n_f32(1)));
    }
};
struct Same {
    static constexpr bool kBinary = false;
    static float32x4_t apply(float32x4_t a, float32x4_t) { return a; }
};
struct Sigmoid {
    static constexpr bool kBinary = false;
    static float32x4_t apply(float32x4_t a, float32x4_t) { return sigmoid(a); }
};

/// `count` neighbouring values.
template <class Operation>
void values(const EachF32& args, const float* a, const float* b, float* dst, std::ptrdiff_t count) {
    const float32x4_t min = vdupq_n_f32(args.min);
    const float32x4_t max = vdupq_n_f32(args.max);
    std::ptrdiff_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        const float32x4_t x = vld1q_f32(a + i);
        const float32x4_t y = Operation::kBinary ? vld1q_f32(b + i) : x;
        vst1q_f32(dst + i, clamp(Operation::apply(x, y), min, max));
    }
    if (i == count) return;
    const float32x4_t x = load_first(a + i, count - i);
    const float32x4_t y = Operation::kBinary ? load_first(b + i, count - i) : x;
    store_first(dst + i, clamp(Operation::apply(x, y), min, max), count - i);
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

}  // namespace tarsier::kernels::neon
