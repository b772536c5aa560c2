// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {

namespace {

void blend_rows_u8(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                   std::int16_t* dst, int n) {
    for (int i = 0; i < n; ++i) {
        int sum = 0;
        for (int k = 0; k < taps; ++k) sum += weights[k] * rows[k][i];
        dst[i] = static_cast<std::int16_t>(sum);
    }
}

void reduce_s16(const std::int16_t* src, const std::int32_t* first, const std::int16_t* weights,
                int taps, std::int32_t* dst, int n) {
    for (int x = 0; x < n; ++x) {
        std::int32_t sum = 0;
        for (int k = 0; k < taps; ++k) sum += weights[x * taps + k] * src[first[x] + k];
        dst[x] = sum;
    }
}

void reduce_pairs_s16(const std::int16_t* src, const std::int32_t* first,
                      const std::int16_t* weights, int taps, std::int32_t* dst0, std::int32_t* dst1,
                      int n) {
    for (int x = 0; x < n; ++x) {
        std::int32_t sum0 = 0;
        std::int32_t sum1 = 0;
        for (int k = 0; k < taps; ++k) {
            sum0 += weights[x * taps + k] * src[2 * (first[x] + k)];
            sum1 += weights[x * taps + k] * src[2 * (first[x] + k) + 1];
        }
        dst0[x] = sum0;
        dst1[x] = sum1;
    }
}

void pick_s16(const std::int16_t* src, int channels, std::int16_t* dst, int n) {
    for (int i = 0; i < n; ++i) dst[i] = src[i * channels];
}

void mix3_f32(const std::int32_t* p0, const std::int32_t* p1, const std::int32_t* p2,
              const float* m, float* dst, int n) {
    for (int x = 0; x < n; ++x)
        for (int r = 0; r < 3; ++r) {
            const float* row = m + 4 * r;
            const float value = row[0] * static_cast<float>(p0[x]) +
                                row[1] * static_cast<float>(p1[x]) +
                                row[2] * static_cast<float>(p2[x]) + row[3];
            dst[3 * x + r] = value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
        }
}

void lerp_s16(const std::int16_t* a, const std::int16_t* b, int weight, std::int16_t* dst, int n) {
    for (int i = 0; i < n; ++i)
        dst[i] = static_cast<std::int16_t>(a[i] + (((b[i] - a[i]) * weight + 16384) >> 15));
}

void stretch_s16_u8(const std::int16_t* src, const std::int32_t* index, const std::int16_t* weight,
                    std::uint8_t* dst, int n) {
    for (int x = 0; x < n; ++x) {
        const std::int16_t* s = src + index[x];
        dst[x] =
            static_cast<std::uint8_t>((s[0] * (64 - weight[x]) + s[1] * weight[x] + 2048) >> 12);
    }
}

void guided_row_u8(const std::uint8_t* guide, const std::int16_t* a, const std::int16_t* b,
                   const std::int32_t* index, const std::int16_t* weight, std::uint8_t* dst,
                   int n) {
    for (int x = 0; x < n; ++x) {
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
    t.pick_s16 = pick_s16;
    t.mix3_f32 = mix3_f32;
    t.lerp_s16 = lerp_s16;
    t.stretch_s16_u8 = stretch_s16_u8;
    t.guided_row_u8 = guided_row_u8;
}

}  // namespace tarsier::kernels::scalar
