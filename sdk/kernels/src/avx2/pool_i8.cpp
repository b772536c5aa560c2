// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

constexpr std::ptrdiff_t kBufferBytes = 8 * 1024;

/// The first column of the window at output column x that lies in the picture.
int source_column(const PoolI8& args, int x) {
    const int left = x * args.stride_w - args.pad_left;
    return left > 0 ? left : 0;
}

/// The largest of the rows of `part`, byte by byte.
void largest_of_rows(const PoolI8& args, const WindowPart& part, std::ptrdiff_t bytes,
                     std::uint8_t* dst) {
    const std::ptrdiff_t step = args.src_width * args.src_stride;
    for (std::ptrdiff_t i = 0; i < bytes; i += 2 * kBlock) {
        const std::uint8_t* src = part.src + i;
        __m256i largest = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(src));
        for (int r = 1; r < part.rows; ++r) {
            src += step;
            largest =
                _mm256_max_epu8(largest, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(src)));
        }
        _mm256_store_si256(reinterpret_cast<__m256i*>(dst + i), largest);
    }
}

/// The largest of `columns` pixels.
void largest_of_columns(const PoolI8& args, const std::uint8_t* src, int columns,
                        std::uint8_t* dst) {
    const auto block = [&](std::ptrdiff_t i) {
        __m128i largest = load_levels(src + i);
        for (int c = 1; c < columns; ++c)
            largest = _mm_max_epu8(largest, load_levels(src + i + c * args.src_stride));
        return largest;
    };
    if (args.channels < kBlock) return store_first(dst, block(0), args.channels);
    std::ptrdiff_t i = 0;
    for (; i + kBlock <= args.channels; i += kBlock) store_levels(dst + i, block(i));
    // The last ones again, rather than part of a block.
    i = args.channels - kBlock;
    if (args.channels % kBlock != 0) store_levels(dst + i, block(i));
}

/// Pixels too wide for a buffer of some.
void max_pool_by_windows(const PoolI8& args, int begin, int end) {
    const std::ptrdiff_t row_step = args.src_width * args.src_stride;
    for_windows(args, begin, end, [&](const WindowPart& part, std::uint8_t* dst) {
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

}  // namespace

void max_pool_i8(const PoolI8& args, int begin, int end) {
    // First the largest of each column of rows, then of those: a row of output pixels shares them.
    const std::ptrdiff_t capacity = kBufferBytes / args.src_stride;  // source pixels
    if (capacity < args.kernel_w) return max_pool_by_windows(args, begin, end);
    alignas(32) std::uint8_t buffer[kBufferBytes + kSlackI8];
    const std::ptrdiff_t most = (capacity - args.kernel_w) / args.stride_w + 1;
    const int columns = most < args.dst_width ? static_cast<int>(most) : args.dst_width;
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; x += columns) {
            const int last = x + columns < args.dst_width ? x + columns : args.dst_width;
            const WindowPart first = window_part(args, y, x);
            const int source = source_column(args, x);
            const int past = source_column(args, last - 1) + window_part(args, y, last - 1).columns;
            largest_of_rows(args, first, (past - source - 1) * args.src_stride + args.channels,
                            buffer);
            for (int i = x; i < last; ++i)
                largest_of_columns(
                    args, buffer + (source_column(args, i) - source) * args.src_stride,
                    window_part(args, y, i).columns,
                    args.dst + (std::ptrdiff_t{y} * args.dst_width + i) * args.dst_stride);
        }
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
    for_windows(args, begin, end, [&](const WindowPart& part, std::uint8_t* dst) {
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
