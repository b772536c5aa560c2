// SPDX-License-Identifier: Apache-2.0
#include "simd/resize_i8.h"

#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::neon {
namespace {

struct Sixteen {
    struct Weights {
        std::uint16_t upper, lower;
        explicit Weights(int weight)
            : upper(static_cast<std::uint16_t>(128 - weight)),
              lower(static_cast<std::uint16_t>(weight)) {}
    };

    static void stretch(const std::uint8_t* low, const std::uint8_t* high, int weight,
                        std::uint16_t* out) {
        const uint8x16_t a = vld1q_u8(low);
        const uint8x16_t b = vld1q_u8(high);
        const auto w = static_cast<std::uint16_t>(weight);
        // Numbers below 0 wrap, and back again.
        vst1q_u16(out, vmlaq_n_u16(vshll_n_u8(vget_low_u8(a), 7),
                                   vsubl_u8(vget_low_u8(b), vget_low_u8(a)), w));
        vst1q_u16(out + 8, vmlaq_n_u16(vshll_high_n_u8(a, 7), vsubl_high_u8(b, a), w));
    }
    static uint8x16_t between(const std::uint16_t* upper, const std::uint16_t* lower,
                              const Weights& weights) {
        return vcombine_u8(vmovn_u16(eight(upper, lower, weights)),
                           vmovn_u16(eight(upper + 8, lower + 8, weights)));
    }
    static void store_first(std::uint8_t* p, uint8x16_t levels, int count) {
        neon::store_first(p, levels, count);
    }

  private:
    static uint16x8_t eight(const std::uint16_t* upper, const std::uint16_t* lower,
                            const Weights& weights) {
        const uint16x8_t a = vld1q_u16(upper);
        const uint16x8_t b = vld1q_u16(lower);
        const uint32x4_t first = vmlal_n_u16(vmull_n_u16(vget_low_u16(a), weights.upper),
                                             vget_low_u16(b), weights.lower);
        const uint32x4_t second =
            vmlal_high_n_u16(vmull_high_n_u16(a, weights.upper), b, weights.lower);
        return vrshrn_high_n_u32(vrshrn_n_u32(first, 14), second, 14);
    }
};

}  // namespace

void resize_i8(const ResizeI8& args, int begin, int end) { resize_by<Sixteen>(args, begin, end); }

}  // namespace tarsier::kernels::neon
