// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

/// The part of the window at an output pixel that lies in the picture.
struct Part {
    const std::uint8_t* src;
    int rows, columns;
};

Part part_at(const PoolI8& args, int y, int x) {
    int top = y * args.stride_h - args.pad_top;
    int left = x * args.stride_w - args.pad_left;
    int bottom = top + args.kernel_h;
    int right = left + args.kernel_w;
    if (top < 0) top = 0;
    if (left < 0) left = 0;
    if (bottom > args.src_height) bottom = args.src_height;
    if (right > args.src_width) right = args.src_width;
    return {args.src + (std::ptrdiff_t{top} * args.src_width + left) * args.src_stride,
            bottom - top, right - left};
}

/// Calls pixel(part, dst) for every output pixel of rows [begin, end).
template <class Pixel>
void for_pixels(const PoolI8& args, int begin, int end, const Pixel& pixel) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; ++x)
            pixel(part_at(args, y, x),
                  args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride);
}

}  // namespace

void max_pool_i8(const PoolI8& args, int begin, int end) {
    const std::ptrdiff_t row_step = args.src_width * args.src_stride;
    for_pixels(args, begin, end, [&](const Part& part, std::uint8_t* dst) {
        for_blocks(args.channels, [&](std::ptrdiff_t i, int count) {
            __m128i largest = _mm_setzero_si128();
            for (int r = 0; r < part.rows; ++r) {
                const std::uint8_t* src = part.src + r * row_step + i;
                for (int c = 0; c < part.columns; ++c, src += args.src_stride)
                    largest = _mm_max_epu8(largest, load_levels(src));
            }
            store_first(dst + i, largest, count);
        });
    });
}

void average_pool_i8(const PoolI8& args, int begin, int end) {
    const RequantI8& requant = args.requant;
    const std::ptrdiff_t row_step = args.src_width * args.src_stride;
    const __m128i shift = _mm_cvtsi32_si128(requant.multipliers[0] >> 16);
    const __m256i multiplier =
        _mm256_set1_epi16(static_cast<short>(requant.multipliers[0] & 0xffff));
    const __m256i offset = _mm256_set1_epi16(static_cast<short>(
        (requant.zero_point << requant.fraction) + ((1 << requant.fraction) >> 1)));
    const __m128i fraction = _mm_cvtsi32_si128(requant.fraction);
    const __m128i low = _mm_set1_epi8(static_cast<char>(requant.low));
    const __m128i high = _mm_set1_epi8(static_cast<char>(requant.high));
    for_pixels(args, begin, end, [&](const Part& part, std::uint8_t* dst) {
        const __m256i bias =
            _mm256_set1_epi32(requant.bias[0] - part.rows * part.columns * args.src_zero_point);
        for_blocks(args.channels, [&](std::ptrdiff_t i, int count) {
            // As unpacking leaves sixteen channels: those that packing brings together in order.
            __m256i sum[2] = {bias, bias};
            for (int r = 0; r < part.rows; ++r) {
                const std::uint8_t* src = part.src + r * row_step + i;
                for (int c = 0; c < part.columns; ++c, src += args.src_stride) {
                    const __m256i x = load_wide(src);
                    const __m256i zero = _mm256_setzero_si256();
                    sum[0] = _mm256_add_epi32(sum[0], _mm256_unpacklo_epi16(x, zero));
                    sum[1] = _mm256_add_epi32(sum[1], _mm256_unpackhi_epi16(x, zero));
                }
            }
            const __m256i t = _mm256_packs_epi32(_mm256_sra_epi32(sum[0], shift),
                                                 _mm256_sra_epi32(sum[1], shift));
            const __m256i v = _mm256_sra_epi16(
                _mm256_adds_epi16(_mm256_mulhrs_epi16(t, multiplier), offset), fraction);
            store_first(dst + i, clamp(narrow(v), low, high), count);
        });
    });
}

}  // namespace tarsier::kernels::avx2
