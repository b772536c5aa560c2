// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

/// Lanes from `count` on replaced by `otherwise`.
float32x4_t keep_first(float32x4_t x, int count, float otherwise) {
    alignas(16) static constexpr std::uint32_t kIndex[kLanes] = {0, 1, 2, 3};
    const uint32x4_t inside = vcltq_u32(vld1q_u32(kIndex), vdupq_n_u32(unsigned(count)));
    return vbslq_f32(inside, x, vdupq_n_f32(otherwise));
}

/// Softmax over the channels of one pixel, four at a time.
void pixel(const float* src, float* dst, int channels) {
    float32x4_t largest = vdupq_n_f32(-__FLT_MAX__);
    for (int c = 0; c < channels; c += kLanes)
        largest = vmaxq_f32(
            largest, keep_first(load_first(src + c, channels - c), channels - c, -__FLT_MAX__));
    const float32x4_t top = vdupq_n_f32(vmaxvq_f32(largest));
    float32x4_t sum = vdupq_n_f32(0);
    for (int c = 0; c < channels; c += kLanes) {
        const float32x4_t e = exp(vsubq_f32(load_first(src + c, channels - c), top));
        store_first(dst + c, e, channels - c);
        sum = vaddq_f32(sum, keep_first(e, channels - c, 0));
    }
    const float32x4_t total = vdupq_n_f32(vaddvq_f32(sum));
    for (int c = 0; c < channels; c += kLanes)
        store_first(dst + c, vdivq_f32(load_first(dst + c, channels - c), total), channels - c);
}

}  // namespace

void softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t p = begin; p < end; ++p)
        pixel(args.a + p * args.a_stride, args.dst + p * args.dst_stride, args.channels);
}

void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const float32x4_t one = vdupq_n_f32(1.0F);
    const bool dense = args.a_stride == 1 && args.dst_stride == 2;
    std::ptrdiff_t p = begin;
    for (; dense && p + kLanes <= end; p += kLanes) {
        float32x4x2_t both;
        both.val[1] = sigmoid(vld1q_f32(args.a + p));
        both.val[0] = vsubq_f32(one, both.val[1]);
        vst2q_f32(args.dst + 2 * p, both);
    }
    for (; p < end; ++p) {
        const float second = vgetq_lane_f32(sigmoid(vdupq_n_f32(args.a[p * args.a_stride])), 0);
        args.dst[p * args.dst_stride] = 1.0F - second;
        args.dst[p * args.dst_stride + 1] = second;
    }
}

}  // namespace tarsier::kernels::neon
