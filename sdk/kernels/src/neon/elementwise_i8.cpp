// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "simd/blocks_i8.h"
#include "vector_i8.h"

namespace tarsier::kernels::neon {
namespace {

/// x >> shift of 32-bit numbers, as levels within the bounds.
struct Rounding {
    int32x4_t offset, shift;
    uint8x16_t low, high;

    template <class Args>
    explicit Rounding(const Args& args)
        : offset(vdupq_n_s32(args.offset)),
          shift(vdupq_n_s32(16 - args.shift)),
          low(vdupq_n_u8(static_cast<std::uint8_t>(args.low))),
          high(vdupq_n_u8(static_cast<std::uint8_t>(args.high))) {}

    uint8x16_t levels(const int32x4_t (&x)[4]) const {
        const uint8x8_t a =
            vqmovun_s16(upper_halves(vqshlq_s32(x[0], shift), vqshlq_s32(x[1], shift)));
        const int16x8_t b = upper_halves(vqshlq_s32(x[2], shift), vqshlq_s32(x[3], shift));
        return vminq_u8(vmaxq_u8(vqmovun_high_s16(a, b), low), high);
    }
};

/// A kernel on two tensors: dst = level(a, b), sixteen levels at a time.
template <class Args, class Level>
void binary(const Args& args, std::ptrdiff_t begin, std::ptrdiff_t end, const Level& level) {
    const bool dense = args.a_stride == args.channels && args.b_stride == args.channels &&
                       args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const a = args.a + pixel * args.a_stride;
        const std::uint8_t* const b = args.b + pixel * args.b_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        for_blocks(n, [&](std::ptrdiff_t i, int count) {
            store_first(dst + i, level(vld1q_u8(a + i), vld1q_u8(b + i)), count);
        });
    });
}

/// Sixteen levels less a zero point.
struct Centred {
    int16x8_t half[2];
    Centred(uint8x16_t x, uint8x8_t zero_point)
        : half{vreinterpretq_s16_u16(vsubl_u8(vget_low_u8(x), zero_point)),
               vreinterpretq_s16_u16(vsubl_u8(vget_high_u8(x), zero_point))} {}
};

/// A table of 256 levels in registers.
struct Lookup {
    uint8x16x4_t part[4];

    explicit Lookup(const std::uint8_t* table) {
        for (int i = 0; i < 4; ++i) part[i] = vld1q_u8_x4(table + 64 * i);
    }
    uint8x16_t operator()(uint8x16_t x) const {
        // An index outside a part gives 0, or what was there.
        uint8x16_t y = vqtbl4q_u8(part[0], x);
        for (int i = 1; i < 4; ++i)
            y = vqtbx4q_u8(y, part[i], vsubq_u8(x, vdupq_n_u8(static_cast<std::uint8_t>(64 * i))));
        return y;
    }
};

/// Eight floats as 16-bit numbers from the zero point on.
int16x8_t rounded(const float* p, const QuantizeI8& args) {
    // The larger number, where one is none.
    const float32x4_t low = vdupq_n_f32(static_cast<float>(-args.zero_point));
    const auto four = [&](const float* q) {
        return vcvtnq_s32_f32(vmaxnmq_f32(vmulq_n_f32(vld1q_f32(q), args.factor), low));
    };
    return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(four(p)), four(p + 4)),
                      vdupq_n_s16(static_cast<std::int16_t>(args.zero_point)));
}

uint8x16_t quantized(const float* p, const QuantizeI8& args) {
    return vqmovun_high_s16(vqmovun_s16(rounded(p, args)), rounded(p + 8, args));
}

}  // namespace

void add_i8(const AddI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Rounding rounding(args);
    const auto a_multiplier = static_cast<std::int16_t>(args.a_multiplier);
    const auto b_multiplier = static_cast<std::int16_t>(args.b_multiplier);
    const uint8x8_t zero = vdup_n_u8(0);
    binary(args, begin, end, [&](uint8x16_t a, uint8x16_t b) {
        const Centred x(a, zero);
        const Centred y(b, zero);
        int32x4_t sum[4];
        for (int i = 0; i < 2; ++i) {
            sum[2 * i] =
                vmlal_n_s16(vmlal_n_s16(rounding.offset, vget_low_s16(x.half[i]), a_multiplier),
                            vget_low_s16(y.half[i]), b_multiplier);
            sum[2 * i + 1] =
                vmlal_high_n_s16(vmlal_high_n_s16(rounding.offset, x.half[i], a_multiplier),
                                 y.half[i], b_multiplier);
        }
        return rounding.levels(sum);
    });
}

void mul_i8(const MulI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Rounding rounding(args);
    const uint8x8_t a_zero = vdup_n_u8(static_cast<std::uint8_t>(args.a_zero_point));
    const uint8x8_t b_zero = vdup_n_u8(static_cast<std::uint8_t>(args.b_zero_point));
    binary(args, begin, end, [&](uint8x16_t a, uint8x16_t b) {
        const Centred x(a, a_zero);
        const Centred y(b, b_zero);
        int32x4_t product[4];
        for (int i = 0; i < 2; ++i) {
            product[2 * i] = vmull_s16(vget_low_s16(x.half[i]), vget_low_s16(y.half[i]));
            product[2 * i + 1] = vmull_high_s16(x.half[i], y.half[i]);
        }
        for (int32x4_t& p : product) p = vmlaq_n_s32(rounding.offset, p, args.multiplier);
        return rounding.levels(product);
    });
}

void lookup_i8(const LookupI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Lookup lookup(args.table);
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const src = args.src + pixel * args.src_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        for_blocks(n, [&](std::ptrdiff_t i, int count) {
            store_first(dst + i, lookup(vld1q_u8(src + i)), count);
        });
    });
}

void quantize_i8(const QuantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const float* const src = args.src + pixel * args.src_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        std::ptrdiff_t i = 0;
        for (; i + kBlock <= n; i += kBlock) vst1q_u8(dst + i, quantized(src + i, args));
        if (i == n) return;
        float rest[kBlock] = {};
        for (std::ptrdiff_t k = i; k < n; ++k) rest[k - i] = src[k];
        store_first(dst + i, quantized(rest, args), static_cast<int>(n - i));
    });
}

void dequantize_i8(const DequantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const uint8x8_t zero_point = vdup_n_u8(static_cast<std::uint8_t>(args.zero_point));
    const auto four = [&](int16x4_t x) {
        return vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(x)), args.factor);
    };
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const src = args.src + pixel * args.src_stride;
        float* const dst = args.dst + pixel * args.dst_stride;
        std::ptrdiff_t i = 0;
        for (; i + kBlock <= n; i += kBlock) {
            const Centred x(vld1q_u8(src + i), zero_point);
            for (int k = 0; k < 2; ++k) {
                vst1q_f32(dst + i + 8 * k, four(vget_low_s16(x.half[k])));
                vst1q_f32(dst + i + 8 * k + 4, four(vget_high_s16(x.half[k])));
            }
        }
        for (; i < n; ++i) dst[i] = static_cast<float>(src[i] - args.zero_point) * args.factor;
    });
}

}  // namespace tarsier::kernels::neon
