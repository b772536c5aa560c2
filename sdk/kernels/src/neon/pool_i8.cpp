// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "simd/blocks_i8.h"
#include "vector_i8.h"

namespace tarsier::kernels::neon {
namespace {

constexpr int kColumns = 256;  ///< levels whose sum fits 16 bits

/// Adds sixteen channels of `columns` pixels.
void add_row(const std::uint8_t* src, std::ptrdiff_t stride, int columns, int32x4_t (&sum)[4]) {
    for (; columns > 0; columns -= kColumns) {
        uint16x8_t half[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
        for (int c = 0; c < columns && c < kColumns; ++c, src += stride) {
            const uint8x16_t x = vld1q_u8(src);
            half[0] = vaddw_u8(half[0], vget_low_u8(x));
            half[1] = vaddw_high_u8(half[1], x);
        }
        for (int i = 0; i < 2; ++i) {
            const uint32x4_t a = vreinterpretq_u32_s32(sum[2 * i]);
            const uint32x4_t b = vreinterpretq_u32_s32(sum[2 * i + 1]);
            sum[2 * i] = vreinterpretq_s32_u32(vaddw_u16(a, vget_low_u16(half[i])));
            sum[2 * i + 1] = vreinterpretq_s32_u32(vaddw_high_u16(b, half[i]));
        }
    }
}

}  // namespace

void max_pool_i8(const PoolI8& args, int begin, int end) {
    const std::ptrdiff_t row_step = args.src_width * args.src_stride;
    for_windows(args, begin, end, [&](const WindowPart& part, std::uint8_t* dst) {
        for_blocks(args.channels, [&](std::ptrdiff_t i, int count) {
            uint8x16_t largest = vdupq_n_u8(0);
            for (int r = 0; r < part.rows; ++r) {
                const std::uint8_t* src = part.src + r * row_step + i;
                for (int c = 0; c < part.columns; ++c, src += args.src_stride)
                    largest = vmaxq_u8(largest, vld1q_u8(src));
            }
            store_first(dst + i, largest, count);
        });
    });
}

void average_pool_i8(const PoolI8& args, int begin, int end) {
    const std::ptrdiff_t row_step = args.src_width * args.src_stride;
    const auto scaling = Scaling<16>::of_all_channels(args.requant);
    for_windows(args, begin, end, [&](const WindowPart& part, std::uint8_t* dst) {
        const int32x4_t bias =
            vdupq_n_s32(args.requant.bias[0] - part.rows * part.columns * args.src_zero_point);
        for_blocks(args.channels, [&](std::ptrdiff_t i, int count) {
            int32x4_t sum[4] = {bias, bias, bias, bias};
            for (int r = 0; r < part.rows; ++r)
                add_row(part.src + r * row_step + i, args.src_stride, part.columns, sum);
            store_first(dst + i, scaling.levels<0>(sum), count);
        });
    });
}

}  // namespace tarsier::kernels::neon
