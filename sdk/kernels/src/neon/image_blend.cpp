// SPDX-License-Identifier: Apache-2.0
#include <arm_neon.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::neon {
namespace {

/// round((f * a + b * (255 - a)) / 255).
uint8x8_t blend_eight(uint8x8_t f, uint8x8_t b, uint8x8_t a) {
    const uint16x8_t sum = vmlal_u8(vmull_u8(f, a), b, vmvn_u8(a));
    const uint16x8_t t = vaddq_u16(sum, vdupq_n_u16(128));
    return vshrn_n_u16(vsraq_n_u16(t, t, 8), 8);
}

void blend_u8(const std::uint8_t* fg, const std::uint8_t* bg, const std::uint8_t* alpha,
              std::uint8_t* dst, int n) {
    int i = 0;
    for (; i + 16 <= n; i += 16) {
        const uint8x16_t f = vld1q_u8(fg + i);
        const uint8x16_t b = vld1q_u8(bg + i);
        const uint8x16_t a = vld1q_u8(alpha + i);
        vst1q_u8(dst + i,
                 vcombine_u8(blend_eight(vget_low_u8(f), vget_low_u8(b), vget_low_u8(a)),
                             blend_eight(vget_high_u8(f), vget_high_u8(b), vget_high_u8(a))));
    }
    for (; i < n; ++i) {
        const unsigned t = fg[i] * unsigned{alpha[i]} + bg[i] * (255u - alpha[i]) + 128u;
        dst[i] = static_cast<std::uint8_t>((t + (t >> 8)) >> 8);
    }
}

void halve_u8(const std::uint8_t* top, const std::uint8_t* bottom, std::uint8_t* dst, int n) {
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        const uint16x8_t sum =
            vpadalq_u8(vpaddlq_u8(vld1q_u8(top + 2 * x)), vld1q_u8(bottom + 2 * x));
        vst1_u8(dst + x, vrshrn_n_u16(sum, 2));
    }
    for (; x < n; ++x) {
        const int sum = top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1];
        dst[x] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
}

void repeat_u8(const std::uint8_t* src, int times, std::uint8_t* dst, int n) {
    int x = 0;
    for (; x + 16 <= n; x += 16) {
        const uint8x16_t s = vld1q_u8(src + x);
        if (times == 2)
            vst2q_u8(dst + x * 2, {{s, s}});
        else if (times == 3)
            vst3q_u8(dst + x * 3, {{s, s, s}});
        else
            vst4q_u8(dst + x * 4, {{s, s, s, s}});
    }
    for (; x < n; ++x)
        for (int k = 0; k < times; ++k) dst[x * times + k] = src[x];
}

uint8x8_t luma_eight(uint8x8_t r, uint8x8_t g, uint8x8_t b) {
    uint16x8_t sum = vmull_u8(r, vdup_n_u8(77));
    sum = vmlal_u8(sum, g, vdup_n_u8(150));
    sum = vmlal_u8(sum, b, vdup_n_u8(29));
    return vrshrn_n_u16(sum, 8);
}

void luma_u8(const std::uint8_t* src, int channels, int red, std::uint8_t* dst, int n) {
    int x = 0;
    for (; x + 8 <= n; x += 8) {
        uint8x8_t first, green, third;
        if (channels == 3) {
            const uint8x8x3_t p = vld3_u8(src + 3 * x);
            first = p.val[0], green = p.val[1], third = p.val[2];
        } else {
            const uint8x8x4_t p = vld4_u8(src + 4 * x);
            first = p.val[0], green = p.val[1], third = p.val[2];
        }
        vst1_u8(dst + x,
                red == 0 ? luma_eight(first, green, third) : luma_eight(third, green, first));
    }
    for (; x < n; ++x) {
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

}  // namespace tarsier::kernels::neon
