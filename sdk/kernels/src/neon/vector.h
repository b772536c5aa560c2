// SPDX-License-Identifier: Apache-2.0
// What the float kernels of this level share. Everything has internal linkage, as in the other
// levels.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels::neon {
namespace {

constexpr int kLanes = 4;

/// The first `count` floats, 1..4; the other lanes are 0.
[[maybe_unused]] float32x4_t load_first(const float* p, std::ptrdiff_t count) {
    if (count >= kLanes) return vld1q_f32(p);
    float32x4_t x = vld1q_lane_f32(p, vdupq_n_f32(0), 0);
    if (count > 1) x = vld1q_lane_f32(p + 1, x, 1);
    if (count > 2) x = vld1q_lane_f32(p + 2, x, 2);
    return x;
}

/// Stores the first `count` lanes, 1..4.
[[maybe_unused]] void store_first(float* p, float32x4_t x, std::ptrdiff_t count) {
    if (count >= kLanes) return vst1q_f32(p, x);
    vst1q_lane_f32(p, x, 0);
    if (count > 1) vst1q_lane_f32(p + 1, x, 1);
    if (count > 2) vst1q_lane_f32(p + 2, x, 2);
}

[[maybe_unused]] float32x4_t clamp(float32x4_t x, float32x4_t min, float32x4_t max) {
    return vminq_f32(vmaxq_f32(x, min), max);
}

/// low + (high - low) * weight.
[[maybe_unused]] float32x4_t lerp(float32x4_t low, float32x4_t high, float32x4_t weight) {
    return vfmaq_f32(low, vsubq_f32(high, low), weight);
}

/// exp(x) within 2 units in the last place: 2^n * p(r) with x = n ln 2 + r, |r| <= ln 2 / 2, p the
/// Taylor polynomial of degree 7. Saturates at the ends of the float range instead of overflowing.
[[maybe_unused]] float32x4_t exp(float32x4_t x) {
    x = clamp(x, vdupq_n_f32(-87.0F), vdupq_n_f32(88.0F));
    const float32x4_t n = vrndnq_f32(vmulq_n_f32(x, 1.44269504F));
    float32x4_t r = vfmsq_n_f32(x, n, 0.693359375F);
    r = vfmsq_n_f32(r, n, -2.12194440e-4F);
    float32x4_t p = vdupq_n_f32(1.0F / 5040);
    p = vfmaq_f32(vdupq_n_f32(1.0F / 720), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0F / 120), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0F / 24), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0F / 6), p, r);
    p = vfmaq_f32(vdupq_n_f32(0.5F), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0F), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0F), p, r);
    const int32x4_t power = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23);
    return vmulq_f32(p, vreinterpretq_f32_s32(power));
}

/// 1 / (1 + exp(-x)).
[[maybe_unused]] float32x4_t sigmoid(float32x4_t x) {
    const float32x4_t one = vdupq_n_f32(1.0F);
    return vdivq_f32(one, vaddq_f32(one, exp(vnegq_f32(x))));
}

}  // namespace
}  // namespace tarsier::kernels::neon
