// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

/// Kernels on rows of pictures. Pointers need no alignment; source and destination must not overlap
/// unless a line says so. Every result is defined by integers, so it is the same on every level,
/// except the floats of mix3_f32 (within 1e-6).
struct ImageKernels {
    /// Vertical resampling: dst[i] = sum of weights[k] * rows[k][i], k < taps. taps is even;
    /// weights are 0..127 and sum to 128, so that dst is at most 32640 (7 fraction bits).
    void (*blend_rows_u8)(const std::uint8_t* const* rows, const std::int8_t* weights, int taps,
                          std::int16_t* dst, int n);
    /// Horizontal resampling: dst[x] = sum of weights[x * taps + k] * src[first[x] + k], k < taps.
    /// taps is a multiple of 8; weights are 0..16384 with sum 16384; src values are 0..32640 and
    /// are readable up to first[x] + taps.
    void (*reduce_s16)(const std::int16_t* src, const std::int32_t* first,
                       const std::int16_t* weights, int taps, std::int32_t* dst, int n);
    /// The same for two interleaved channels, into two planes. first[] and taps count pairs; taps
    /// is a multiple of 4.
    void (*reduce_pairs_s16)(const std::int16_t* src, const std::int32_t* first,
                             const std::int16_t* weights, int taps, std::int32_t* dst0,
                             std::int32_t* dst1, int n);
    /// Every channels-th value from src on: dst[i] = src[i * channels].
    void (*pick_s16)(const std::int16_t* src, int channels, std::int16_t* dst, int n);
    /// Three integer planes to interleaved floats:
    /// dst[3x + r] = clamp(m[4r] * p0[x] + m[4r + 1] * p1[x] + m[4r + 2] * p2[x] + m[4r + 3], 0,
    /// 1).
    void (*mix3_f32)(const std::int32_t* p0, const std::int32_t* p1, const std::int32_t* p2,
                     const float* m, float* dst, int n);

    /// dst[i] = a[i] + round((b[i] - a[i]) * weight / 32768), 0 <= weight <= 32767, ties up.
    /// |b[i] - a[i]| <= 32767.
    void (*lerp_s16)(const std::int16_t* a, const std::int16_t* b, int weight, std::int16_t* dst,
                     int n);
    /// Horizontal bilinear stretch to 8 bits: with i = index[x] and w = weight[x] in 0..64,
    /// dst[x] = (src[i] * (64 - w) + src[i + 1] * w + 2048) >> 12. src holds 0..16320 (6 fraction
    /// bits).
    void (*stretch_s16_u8)(const std::int16_t* src, const std::int32_t* index,
                           const std::int16_t* weight, std::uint8_t* dst, int n);
    /// The last step of the guided filter: a and b stretched as above (without rounding), then
    /// dst[x] = clamp((a * guide[x] + b * 256 + 32768) >> 16, 0, 255).
    /// a is a slope times 1024, b an offset in 0..255 times 4; both within -16383..16383.
    void (*guided_row_u8)(const std::uint8_t* guide, const std::int16_t* a, const std::int16_t* b,
                          const std::int32_t* index, const std::int16_t* weight, std::uint8_t* dst,
                          int n);

    /// dst[i] = round((fg[i] * alpha[i] + bg[i] * (255 - alpha[i])) / 255). dst may be fg or bg.
    void (*blend_u8)(const std::uint8_t* fg, const std::uint8_t* bg, const std::uint8_t* alpha,
                     std::uint8_t* dst, int n);
    /// dst[x] = (top[2x] + top[2x + 1] + bottom[2x] + bottom[2x + 1] + 2) >> 2; n counts dst.
    void (*halve_u8)(const std::uint8_t* top, const std::uint8_t* bottom, std::uint8_t* dst, int n);
    /// dst[x * times + k] = src[x], k < times, 2 <= times <= 4; n counts src.
    void (*repeat_u8)(const std::uint8_t* src, int times, std::uint8_t* dst, int n);
    /// Luma of pixels of `channels` (3 or 4) bytes: dst[x] = (wr * r + wg * g + wb * b + 128) >> 8
    /// with weights 77, 150, 29 for the bytes red, green = 1, blue = 2 - red of each pixel; red is
    /// 0 or 2.
    void (*luma_u8)(const std::uint8_t* src, int channels, int red, std::uint8_t* dst, int n);
};

}  // namespace tarsier::kernels
