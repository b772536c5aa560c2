// SPDX-License-Identifier: Apache-2.0
// Products of levels without dot products of bytes: those of the even inputs of a group and of the
// odd ones are added by vpmaddwd, exactly. (vpmaddubsw would saturate.) The levels of a block of
// pixels are divided into even and odd ones first, the weights while they are read.
#include "gemm_i8.h"

#include "vector_i8.h"

namespace tarsier::kernels {
namespace avx2 {
namespace {

constexpr std::ptrdiff_t kBlockBytes = 16384;    ///< of divided levels
constexpr int kRows = 4;                         ///< pixels of a tile
constexpr std::ptrdiff_t kDivided = 2 * kGroup;  ///< bytes of a divided group
constexpr std::ptrdiff_t kMaxInputs = kBlockBytes / 2;

/// `count` levels, in whole groups: four become two even ones and two odd ones of 16 bits.
std::uint8_t* divide(const std::uint8_t* src, std::ptrdiff_t count, std::uint8_t* to) {
    std::ptrdiff_t i = 0;
    const __m128i even = _mm_set1_epi16(0xff);
    for (; i + kBlock <= count; i += kBlock, to += 2 * kBlock) {
        const __m128i x = load_levels(src + i);
        const __m128i a = _mm_and_si128(x, even);
        const __m128i b = _mm_srli_epi16(x, 8);
        store_levels(to, _mm_unpacklo_epi32(a, b));
        store_levels(to + kBlock, _mm_unpackhi_epi32(a, b));
    }
    for (; i < count; i += kGroup, to += kDivided) {
        std::uint32_t x;
        __builtin_memcpy(&x, src + i, sizeof x);
        const std::uint64_t both = (x & 0xff00ffU) | std::uint64_t{(x >> 8) & 0xff00ffU} << 32;
        __builtin_memcpy(to, &both, sizeof both);
    }
    return to;
}

/// kCount pixels times one panel of 16 output channels, in two vectors.
template <int kCount>
struct Tile {
    __m256i sum[kCount][2];

    [[gnu::always_inline]] void add(const std::uint8_t* src, std::ptrdiff_t step,
                                    const std::int8_t* weights, std::ptrdiff_t groups) {
        for (; groups > 0; --groups, src += kDivided, weights += kPanel * kGroup) {
            __m256i even[2], odd[2];
#pragma GCC unroll 2
            for (int v = 0; v < 2; ++v) {
                const __m256i w = _mm256_loadu_si256(
                    reinterpret_cast<const __m256i*>(weights + v * kPanel * kGroup / 2));
                even[v] = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8);
                odd[v] = _mm256_srai_epi16(w, 8);
            }
#pragma GCC unroll 4
            for (int r = 0; r < kCount; ++r) {
                const __m256i x = pair(src + r * step);
                const __m256i y = pair(src + r * step + kGroup);
#pragma GCC unroll 2
                for (int v = 0; v < 2; ++v) {
                    const __m256i a = _mm256_madd_epi16(x, even[v]);
                    const __m256i b = _mm256_madd_epi16(y, odd[v]);
                    sum[r][v] = _mm256_add_epi32(_mm256_add_epi32(sum[r][v], a), b);
                }
            }
        }
        // What follows needs registers too: without this the compiler keeps copies of all sums in
        // memory, and writes them in every round.
#pragma GCC unroll 4
        for (int r = 0; r < kCount; ++r) asm("" : "+x"(sum[r][0]), "+x"(sum[r][1]));
    }

  private:
    static __m256i pair(const std::uint8_t* p) {
        std::int32_t levels;
        __builtin_memcpy(&levels, p, sizeof levels);
        return _mm256_set1_epi32(levels);
    }
};

/// How the sums of a panel become levels.
struct Scaling {
    __m256i shift[2], multiplier, offset;
    __m128i fraction, low, high;

    Scaling(const RequantI8& requant, int channel)
        : offset(_mm256_set1_epi16(static_cast<short>((requant.zero_point << requant.fraction) +
                                                      ((1 << requant.fraction) >> 1)))),
          fraction(_mm_cvtsi32_si128(requant.fraction)),
          low(_mm_set1_epi8(static_cast<char>(requant.low))),
          high(_mm_set1_epi8(static_cast<char>(requant.high))) {
        __m256i factor[2];
        for (int v = 0; v < 2; ++v) {
            const __m256i both = _mm256_load_si256(
                reinterpret_cast<const __m256i*>(requant.multipliers + channel + 8 * v));
            shift[v] = _mm256_srli_epi32(both, 16);
            factor[v] = _mm256_and_si256(both, _mm256_set1_epi32(0xffff));
        }
        multiplier = _mm256_packs_epi32(factor[0], factor[1]);
    }

    [[gnu::always_inline]] __m256i level(const __m256i (&sum)[2]) const {
        const __m256i t = _mm256_packs_epi32(_mm256_srav_epi32(sum[0], shift[0]),
                                             _mm256_srav_epi32(sum[1], shift[1]));
        return _mm256_sra_epi16(_mm256_adds_epi16(_mm256_mulhrs_epi16(t, multiplier), offset),
                                fraction);
    }

    /// The levels of two pixels in order: the packs keep to 128-bit lanes.
    [[gnu::always_inline]] void levels(const __m256i (&first)[2], const __m256i (&second)[2],
                                       __m128i (&out)[2]) const {
        const __m256i both =
            _mm256_permutevar8x32_epi32(_mm256_packus_epi16(level(first), level(second)),
                                        _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        out[0] = clamp(_mm256_castsi256_si128(both), low, high);
        out[1] = clamp(_mm256_extracti128_si256(both, 1), low, high);
    }
};

/// The divided levels of a block of pixels, and where their outputs go.
struct BlockOfPixels {
    const std::uint8_t* src;
    std::ptrdiff_t step, groups;
    std::uint8_t* dst;
    std::ptrdiff_t dst_step;
};

/// Not inlined: the compiler keeps a loop alone better in registers than one inside others.
template <int kCount>
[[gnu::noinline]] void tile(const BlockOfPixels& block, std::ptrdiff_t pixel,
                            const std::int8_t* weights, const std::int32_t* bias,
                            const Scaling& scaling, int channels) {
    Tile<kCount> tile;
#pragma GCC unroll 4
    for (int r = 0; r < kCount; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < 2; ++v)
            tile.sum[r][v] = _mm256_load_si256(reinterpret_cast<const __m256i*>(bias + 8 * v));
    tile.add(block.src + pixel * block.step, block.step, weights, block.groups);
    std::uint8_t* dst = block.dst + pixel * block.dst_step;
#pragma GCC unroll 4
    for (int r = 0; r < kCount; r += 2) {
        __m128i out[2];
        scaling.levels(tile.sum[r], tile.sum[r + 1 < kCount ? r + 1 : r], out);
        store_first(dst, out[0], channels);
        if (r + 1 < kCount) store_first(dst + block.dst_step, out[1], channels);
        dst += 2 * block.dst_step;
    }
}

void panels(const GemmI8& args, const BlockOfPixels& block, std::ptrdiff_t pixels) {
    const std::int8_t* weights = args.weights;
    for (int channel = 0; channel < args.out_channels; channel += kPanel, weights += args.panel) {
        const Scaling scaling(args.requant, channel);
        const std::int32_t* const bias = args.requant.bias + channel;
        BlockOfPixels at = block;
        at.dst += channel;
        const int left = args.out_channels - channel;
        std::ptrdiff_t pixel = 0;
        for (; pixel + kRows <= pixels; pixel += kRows)
            tile<kRows>(at, pixel, weights, bias, scaling, left);
        for (; pixel + 2 <= pixels; pixel += 2) tile<2>(at, pixel, weights, bias, scaling, left);
        if (pixel < pixels) tile<1>(at, pixel, weights, bias, scaling, left);
    }
}

}  // namespace

void gemm_i8(const GemmI8& args, std::ptrdiff_t pixels) {
    const std::ptrdiff_t inputs = args.rows * args.columns * args.inputs;
    alignas(32) std::uint8_t divided[kBlockBytes + 2 * kBlock];
    std::ptrdiff_t size = kMaxInputs / inputs;
    if (size > kRows) size = size / kRows * kRows;
    for (std::ptrdiff_t first = 0; first < pixels; first += size) {
        const std::ptrdiff_t count = first + size < pixels ? size : pixels - first;
        std::uint8_t* to = divided;
        for (std::ptrdiff_t pixel = first; pixel < first + count; ++pixel)
            for (int row = 0; row < args.rows; ++row)
                for (int column = 0; column < args.columns; ++column)
                    to = divide(args.src + pixel * args.src_step + row * args.src_row +
                                    column * args.src_column,
                                args.inputs, to);
        panels(
            args,
            {divided, 2 * inputs, inputs / kGroup, args.dst + first * args.dst_step, args.dst_step},
            count);
    }
}

}  // namespace avx2
}  // namespace tarsier::kernels
