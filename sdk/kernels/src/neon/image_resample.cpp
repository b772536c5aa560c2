// SPDX-License-Identifier: Apache-2.0
#include <arm_neon.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::neon {
namespace {

/// Whole vectors of blend_rows_u8; returns how many values are done. kTaps = 0 takes any number.
template <int kTaps>
int blend_vectors(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                  std::int16_t* dst, int n) {
    if (kTaps > 0) taps = kTaps;
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        uint16x8_t low = vdupq_n_u16(0);
        uint16x8_t high = vdupq_n_u16(0);
        for (int k = 0; k < taps; ++k) {
            const uint8x16_t row = vld1q_u8(rows[k] + i);
            const uint8x16_t w = vdupq_n_u8(static_cast<std::uint8_t>(weights[k]));
            low = vmlal_u8(low, vget_low_u8(row), vget_low_u8(w));
            high = vmlal_high_u8(high, row, w);
        }
        vst1q_s16(dst + i, vreinterpretq_s16_u16(low));
        vst1q_s16(dst + i + 8, vreinterpretq_s16_u16(high));
    }
    return i;
}

void blend_rows_u8(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                   std::int16_t* dst, int n) {
    // The usual numbers of rows unrolled, on copies that dst cannot alias.
    const std::uint8_t* few[4] = {};
    std::int8_t few_weights[4] = {};
    for (int k = 0; k < taps && k < 4; ++k) {
        few[k] = rows[k];
        few_weights[k] = weights[k];
    }
    int i = taps == 2   ? blend_vectors<2>(few, few_weights, 2, dst, n)
            : taps == 4 ? blend_vectors<4>(few, few_weights, 4, dst, n)
                        : blend_vectors<0>(rows, weights, taps, dst, n);
    for (; i < n; ++i) {
        int sum = 0;
        for (int k = 0; k < taps; ++k) sum += weights[k] * rows[k][i];
        dst[i] = static_cast<std::int16_t>(sum);
    }
}

/// The products of one output, in four parts.
int32x4_t products(const std::int16_t* src, const std::int16_t* weights, int taps) {
    int32x4_t sum = vdupq_n_s32(0);
    for (int k = 0; k < taps; k += 8) {
        const int16x8_t s = vld1q_s16(src + k);
        const int16x8_t w = vld1q_s16(weights + k);
        sum = vmlal_s16(sum, vget_low_s16(s), vget_low_s16(w));
        sum = vmlal_high_s16(sum, s, w);
    }
    return sum;
}

/// The four sums of four vectors' lanes.
int32x4_t sums(const int32x4_t (&parts)[4]) {
    return vpaddq_s32(vpaddq_s32(parts[0], parts[1]), vpaddq_s32(parts[2], parts[3]));
}

void reduce_s16(const std::int16_t* src, const std::int32_t* first, const std::int16_t* weights,
                int taps, std::int32_t* dst, int n) {
    int x = 0;
    for (; x + 4 <= n; x += 4) {
        int32x4_t parts[4];
        for (int i = 0; i < 4; ++i)
            parts[i] = products(src + first[x + i], weights + (x + i) * taps, taps);
        vst1q_s32(dst + x, sums(parts));
    }
    for (; x < n; ++x) dst[x] = vaddvq_s32(products(src + first[x], weights + x * taps, taps));
}

struct Pair {
    int32x4_t parts[2];
};

/// The products of one output of each channel, in four parts.
Pair pair_products(const std::int16_t* src, const std::int16_t* weights, int taps) {
    Pair pair{{vdupq_n_s32(0), vdupq_n_s32(0)}};
    for (int k = 0; k < taps; k += 4) {
        const int16x4x2_t s = vld2_s16(src + 2 * k);
        const int16x4_t w = vld1_s16(weights + k);
        pair.parts[0] = vmlal_s16(pair.parts[0], s.val[0], w);
        pair.parts[1] = vmlal_s16(pair.parts[1], s.val[1], w);
    }
    return pair;
}

void reduce_pairs_s16(const std::int16_t* src, const std::int32_t* first,
                      const std::int16_t* weights, int taps, std::int32_t* dst0, std::int32_t* dst1,
                      int n) {
    int x = 0;
    for (; x + 4 <= n; x += 4) {
        int32x4_t parts0[4];
        int32x4_t parts1[4];
        for (int i = 0; i < 4; ++i) {
            const Pair pair = pair_products(src + 2 * first[x + i], weights + (x + i) * taps, taps);
            parts0[i] = pair.parts[0];
            parts1[i] = pair.parts[1];
        }
        vst1q_s32(dst0 + x, sums(parts0));
        vst1q_s32(dst1 + x, sums(parts1));
    }
    for (; x < n; ++x) {
        const Pair pair = pair_products(src + 2 * first[x], weights + x * taps, taps);
        dst0[x] = vaddvq_s32(pair.parts[0]);
        dst1[x] = vaddvq_s32(pair.parts[1]);
    }
}

float32x4_t mix_row(float32x4_t a, float32x4_t b, float32x4_t c, const float* m) {
    float32x4_t sum = vfmaq_n_f32(vdupq_n_f32(m[3]), c, m[2]);
    sum = vfmaq_n_f32(sum, b, m[1]);
    sum = vfmaq_n_f32(sum, a, m[0]);
    return vminq_f32(vmaxq_f32(sum, vdupq_n_f32(0)), vdupq_n_f32(1));
}

void mix3_f32(const std::int32_t* p0, const std::int32_t* p1, const std::int32_t* p2,
              const float* m, float* dst, int n) {
    float local[12];  // which dst cannot alias
    for (int i = 0; i < 12; ++i) local[i] = m[i];
    int x = 0;
    for (; x + 4 <= n; x += 4) {
        const float32x4_t a = vcvtq_f32_s32(vld1q_s32(p0 + x));
        const float32x4_t b = vcvtq_f32_s32(vld1q_s32(p1 + x));
        const float32x4_t c = vcvtq_f32_s32(vld1q_s32(p2 + x));
        vst3q_f32(dst + 3 * x, {{mix_row(a, b, c, local), mix_row(a, b, c, local + 4),
                                 mix_row(a, b, c, local + 8)}});
    }
    for (; x < n; ++x)
        for (int r = 0; r < 3; ++r) {
            const float* row = m + 4 * r;
            const float value = row[0] * static_cast<float>(p0[x]) +
                                row[1] * static_cast<float>(p1[x]) +
                                row[2] * static_cast<float>(p2[x]) + row[3];
            dst[3 * x + r] = value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
        }
}

void lerp_s16(const std::int16_t* a, const std::int16_t* b, int weight, std::int16_t* dst, int n) {
    const int16x8_t w = vdupq_n_s16(static_cast<std::int16_t>(weight));
    int i = 0;
    for (; i + 8 <= n; i += 8) {
        const int16x8_t x = vld1q_s16(a + i);
        const int16x8_t d = vsubq_s16(vld1q_s16(b + i), x);
        vst1q_s16(dst + i, vaddq_s16(x, vqrdmulhq_s16(d, w)));
    }
    for (; i < n; ++i)
        dst[i] = static_cast<std::int16_t>(a[i] + (((b[i] - a[i]) * weight + 16384) >> 15));
}

/// 64 - w and w of eight outputs, in turn.
int16x8x2_t stretch_weights(const std::int16_t* weight) {
    const int16x8_t w = vld1q_s16(weight);
    return vzipq_s16(vsubq_s16(vdupq_n_s16(64), w), w);
}

/// Four neighbours src[index], src[index + 1], weighted.
int32x4_t stretch_four(const std::int16_t* src, const std::int32_t* index, int16x8_t weights) {
    std::int32_t words[4];
    for (int i = 0; i < 4; ++i) __builtin_memcpy(&words[i], src + index[i], sizeof words[i]);
    const int16x8_t pairs = vreinterpretq_s16_s32(vld1q_s32(words));
    return vpaddq_s32(vmull_s16(vget_low_s16(pairs), vget_low_s16(weights)),
                      vmull_high_s16(pairs, weights));
}

/// Eight 32-bit values to bytes, clamped.
uint8x8_t to_bytes(int32x4_t low, int32x4_t high) {
    return vqmovun_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high)));
}

void stretch_s16_u8(const std::int16_t* src, const std::int32_t* index, const std::int16_t* weight,
                    std::uint8_t* dst, int n) {
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const int16x8x2_t w = stretch_weights(weight + x);
        vst1_u8(dst + x, to_bytes(vrshrq_n_s32(stretch_four(src, index + x, w.val[0]), 12),
                                  vrshrq_n_s32(stretch_four(src, index + x + 4, w.val[1]), 12)));
    }
    for (; x < n; ++x) {
        const std::int16_t* s = src + index[x];
        dst[x] =
            static_cast<std::uint8_t>((s[0] * (64 - weight[x]) + s[1] * weight[x] + 2048) >> 12);
    }
}

/// Four results of guided_row_u8 before clamping.
int32x4_t guide_four(uint16x4_t guide, const std::int16_t* a, const std::int16_t* b,
                     const std::int32_t* index, int16x8_t weights) {
    const int32x4_t y = vreinterpretq_s32_u32(vmovl_u16(guide));
    const int32x4_t offset = vshlq_n_s32(stretch_four(b, index, weights), 8);
    return vrshrq_n_s32(vmlaq_s32(offset, stretch_four(a, index, weights), y), 16);
}

void guided_row_u8(const std::uint8_t* guide, const std::int16_t* a, const std::int16_t* b,
                   const std::int32_t* index, const std::int16_t* weight, std::uint8_t* dst,
                   int n) {
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const int16x8x2_t w = stretch_weights(weight + x);
        const uint16x8_t y = vmovl_u8(vld1_u8(guide + x));
        vst1_u8(dst + x, to_bytes(guide_four(vget_low_u16(y), a, b, index + x, w.val[0]),
                                  guide_four(vget_high_u16(y), a, b, index + x + 4, w.val[1])));
    }
    for (; x < n; ++x) {
        const int i = index[x];
        const int w = weight[x];
        const int slope = a[i] * (64 - w) + a[i + 1] * w;
        const int offset = b[i] * (64 - w) + b[i + 1] * w;
        const int value = (slope * guide[x] + offset * 256 + 32768) >> 16;
        dst[x] = static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

}  // namespace

void improve_image_resample(Table& t) {
    t.blend_rows_u8 = blend_rows_u8;
    t.reduce_s16 = reduce_s16;
    t.reduce_pairs_s16 = reduce_pairs_s16;
    t.mix3_f32 = mix3_f32;
    t.lerp_s16 = lerp_s16;
    t.stretch_s16_u8 = stretch_s16_u8;
    t.guided_row_u8 = guided_row_u8;
}

}  // namespace tarsier::kernels::neon
