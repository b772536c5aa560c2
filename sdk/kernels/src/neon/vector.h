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

/// The first `count` floats, 1..4, and the other lanes of `otherwise`.
[[maybe_unused]] float32x4_t load_first(const float* p, std::ptrdiff_t count,
                                        float32x4_t otherwise = vdupq_n_f32(0)) {
    if (count >= kLanes) return vld1q_f32(p);
    float32x4_t x = vld1q_lane_f32(p, otherwise, 0);
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

/// What simd/floats.h wants of a level.
struct Floats {
    using Vector = float32x4_t;
    static constexpr int kLanes = neon::kLanes;
    static Vector set(float x) { return vdupq_n_f32(x); }
    static Vector load(const float* p) { return vld1q_f32(p); }
    static void store(float* p, Vector x) { vst1q_f32(p, x); }
    static Vector load_first(const float* p, std::ptrdiff_t count, Vector otherwise) {
        return neon::load_first(p, count, otherwise);
    }
    static void store_first(float* p, Vector x, std::ptrdiff_t count) {
        neon::store_first(p, x, count);
    }
    static Vector larger(Vector a, Vector b) { return vmaxq_f32(a, b); }
    static Vector smaller(Vector a, Vector b) { return vminq_f32(a, b); }
    static Vector where_positive(Vector a, Vector x, Vector y) {
        return vbslq_f32(vcgtzq_f32(a), x, y);
    }
    static Vector nearest(Vector x) { return vrndnq_f32(x); }
    static Vector scaled(Vector x, Vector n) {
        const int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
        return vmulq_f32(x, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
    }
    static float largest(Vector x) { return vmaxvq_f32(x); }
    static float sum(Vector x) { return vaddvq_f32(x); }
    static void store_pairs(float* p, Vector a, Vector b) { vst2q_f32(p, {{a, b}}); }
};

}  // namespace
}  // namespace tarsier::kernels::neon
