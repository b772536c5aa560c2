// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {

namespace {

void blend_u8(const std::uint8_t* fg, const std::uint8_t* bg, const std::uint8_t* alpha,
              std::uint8_t* dst, int n) {
    for (int i = 0; i < n; ++i) {
        // (t + (t >> 8)) >> 8 with 128 added is the exact rounding of t / 255.
        const unsigned t = fg[i] * unsigned{alpha[i]} + bg[i] * (255u - alpha[i]) + 128u;
        dst[i] = static_cast<std::uint8_t>((t + (t >> 8)) >> 8);
    }
}

void halve_u8(const std::uint8_t* top, const std::uint8_t* bottom, std::uint8_t* dst, int n) {
    for (int x = 0; x < n; ++x) {
        const int sum = top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1];
        dst[x] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
}

void repeat_u8(const std::uint8_t* src, int times, std::uint8_t* dst, int n) {
    for (int x = 0; x < n; ++x)
        for (int k = 0; k < times; ++k) dst[x * times + k] = src[x];
}

void luma_u8(const std::uint8_t* src, int channels, int red, std::uint8_t* dst, int n) {
    for (int x = 0; x < n; ++x) {
        const std::uint8_t* p = src + x * channels;
        dst[x] = static_cast<std::uint8_t>((77 * p[red] + 150 * p[1] + 29 * p[2 - red] + 128) >> 8);
    }
}

}  // namespace

void improve_image_blend(Table& t) {
    t.blend_u8 = blend_u8;
    t.halve_u8 = halve_u8;
    t.repeat_u8 = repeat_u8;
    t.luma_u8 = luma_u8;
}

}  // namespace tarsier::kernels::scalar
