// SPDX-License-Identifier: Apache-2.0
// Rows of the source are resized along their width once, into 16-bit sums, and serve all output
// rows that lie between them.
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels {
namespace scalar {
void resize_i8(const ResizeI8& args, int begin, int end);
}

namespace avx2 {
namespace {

constexpr std::ptrdiff_t kMaxRow = 8192;  ///< values of an output row
constexpr int kRound = 1 << 13;

/// A source row along the output's width, 128 times its levels.
struct Row {
    int y = -1;
    alignas(32) std::uint16_t sums[kMaxRow + kBlock];
};

void stretch(const ResizeI8& args, int y, Row& row) {
    if (row.y == y) return;
    row.y = y;
    const std::uint8_t* const src = args.src + std::ptrdiff_t{y} * args.src_width * args.src_stride;
    std::uint16_t* out = row.sums;
    for (int x = 0; x < args.dst_width; ++x, out += args.channels) {
        const ResizeTapI8 tap = args.columns[x];
        const std::uint8_t* const low = src + tap.low * args.src_stride;
        const std::uint8_t* const high = src + tap.high * args.src_stride;
        if (args.channels < 4) {
            for (int c = 0; c < args.channels; ++c)
                out[c] = static_cast<std::uint16_t>(low[c] * 128 + (high[c] - low[c]) * tap.weight);
            continue;
        }
        const __m256i weight = _mm256_set1_epi16(static_cast<short>(tap.weight));
        // What lies behind the pixel's channels is overwritten by the next one.
        for (int c = 0; c < args.channels; c += kBlock) {
            const __m256i a = load_wide(low + c);
            const __m256i b = load_wide(high + c);
            const __m256i sum = _mm256_add_epi16(
                _mm256_slli_epi16(a, 7), _mm256_mullo_epi16(_mm256_sub_epi16(b, a), weight));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + c), sum);
        }
    }
}

/// Levels between two rows, at values i to i + 15.
__m128i between(const Row& upper, const Row& lower, std::ptrdiff_t i, __m256i weights) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(upper.sums + i));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lower.sums + i));
    const __m256i round = _mm256_set1_epi32(kRound);
    const __m256i first = _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights);
    const __m256i second = _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights);
    return narrow(_mm256_packs_epi32(_mm256_srai_epi32(_mm256_add_epi32(first, round), 14),
                                     _mm256_srai_epi32(_mm256_add_epi32(second, round), 14)));
}

}  // namespace

void resize_i8(const ResizeI8& args, int begin, int end) {
    const std::ptrdiff_t values = std::ptrdiff_t{args.dst_width} * args.channels;
    if (values > kMaxRow) return scalar::resize_i8(args, begin, end);
    Row rows[2];
    const bool dense = args.dst_stride == args.channels;
    for (int y = begin; y < end; ++y) {
        const ResizeTapI8 tap = args.rows[y];
        // A row keeps its place, which depends on it alone: two neighbours have different ones.
        Row& upper = rows[tap.low & 1];
        Row& lower = tap.high == tap.low ? upper : rows[tap.high & 1];
        stretch(args, tap.low, upper);
        stretch(args, tap.high, lower);
        const __m256i weights = _mm256_set1_epi32(tap.weight << 16 | (128 - tap.weight));
        std::uint8_t* const dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride;
        for_runs(
            dense, args.channels, 0, args.dst_width, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
                for_blocks(n, [&](std::ptrdiff_t i, int count) {
                    store_first(dst + pixel * args.dst_stride + i,
                                between(upper, lower, pixel * args.channels + i, weights), count);
                });
            });
    }
}

}  // namespace avx2
}  // namespace tarsier::kernels
