// SPDX-License-Identifier: Apache-2.0
// Products of levels without dot products of bytes. vpmaddubsw adds two products of an unsigned and
// a signed byte, but of levels and weights they need not fit 16 bits. Those of the magnitude of a
// weight, 127 at most, and a level less 128 do: where the weight is below 0, all bits of the level
// less 128 are turned, which makes -x - 1 of x. What is missing then depends on the weights alone.
#include "gemm_i8.h"

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

constexpr int kRows = 4;                                    ///< pixels of a tile
constexpr int kNarrowRows = 8;                              ///< where only half of a panel is used
constexpr std::ptrdiff_t kHalfGroup = kPanel * kGroup / 2;  ///< bytes of eight channels
constexpr std::ptrdiff_t kMostPrepared = 64 * 1024 / kHalfGroup / 2;  ///< that are kept prepared
constexpr std::ptrdiff_t kWorthPreparing = 16;                        ///< pixels

/// Four inputs of eight channels.
struct Weights {
    __m256i magnitude;
    __m256i turn;  ///< bits of a level to turn

    static Weights of(const std::int8_t* p) {
        const __m256i w = _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
        const __m256i below_zero = _mm256_cmpgt_epi8(_mm256_setzero_si256(), w);
        return {_mm256_abs_epi8(w), _mm256_xor_si256(below_zero, _mm256_set1_epi8(-128))};
    }
    __m256i dot(__m256i levels) const {
        return _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, _mm256_xor_si256(levels, turn)),
                                 _mm256_set1_epi16(1));
    }
};

/// Weights as they are packed, to be used like an array of prepared ones.
struct Packed {
    const std::int8_t* p;
    Weights operator[](std::ptrdiff_t i) const { return Weights::of(p + i * kHalfGroup); }
    void operator+=(std::ptrdiff_t n) { p += n * kHalfGroup; }
};

/// kCount pixels times kVectors vectors of eight channels of a panel.
template <int kCount, int kVectors>
struct Tile {
    __m256i sum[kCount][kVectors];

    template <class Source>
    [[gnu::always_inline]] void add(const std::uint8_t* src, std::ptrdiff_t step, Source weights,
                                    std::ptrdiff_t groups) {
        for (; groups > 0; --groups, src += kGroup, weights += 2) {
#pragma GCC unroll 2
            for (int v = 0; v < kVectors; ++v) {
                const Weights w = weights[v];
#pragma GCC unroll 8
                for (int r = 0; r < kCount; ++r)
                    sum[r][v] = _mm256_add_epi32(sum[r][v], w.dot(group(src + r * step)));
            }
        }
        // What follows needs registers too: without this the compiler keeps copies of all sums in
        // memory, and writes them in every round.
#pragma GCC unroll 8
        for (int r = 0; r < kCount; ++r)
#pragma GCC unroll 2
            for (int v = 0; v < kVectors; ++v) asm("" : "+x"(sum[r][v]));
    }

  private:
    static __m256i group(const std::uint8_t* p) {
        std::int32_t levels;
        __builtin_memcpy(&levels, p, sizeof levels);
        return _mm256_set1_epi32(levels);
    }
};

/// How the sums of a panel become levels.
struct Scaling {
    __m256i bias[2], shift[2], multiplier, half_multiplier, offset;
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
            bias[v] =
                _mm256_load_si256(reinterpret_cast<const __m256i*>(requant.bias + channel + 8 * v));
            shift[v] = _mm256_srli_epi32(both, 16);
            factor[v] = _mm256_and_si256(both, _mm256_set1_epi32(0xffff));
        }
        multiplier = _mm256_packs_epi32(factor[0], factor[1]);
        half_multiplier = _mm256_packs_epi32(factor[0], factor[0]);
    }

    /// Subtracts what all weights of a panel give for levels of 0.
    template <class Source>
    void subtract_zeros(const Source& weights, std::ptrdiff_t count) {
        for (std::ptrdiff_t i = 0; i < count; ++i)
            bias[i % 2] = _mm256_sub_epi32(bias[i % 2], weights[i].dot(_mm256_setzero_si256()));
    }

    /// The levels of two pixels, of all channels: the packs keep to 128-bit lanes.
    [[gnu::always_inline]] void levels(const __m256i (&first)[2], const __m256i (&second)[2],
                                       __m128i (&out)[2]) const {
        const __m256i a = level(first[0], first[1], shift[1], multiplier);
        const __m256i b = level(second[0], second[1], shift[1], multiplier);
        const __m256i both = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b),
                                                         _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        out[0] = clamp(_mm256_castsi256_si128(both), low, high);
        out[1] = clamp(_mm256_extracti128_si256(both, 1), low, high);
    }
    /// The same of the first eight channels.
    [[gnu::always_inline]] void levels(const __m256i (&first)[1], const __m256i (&second)[1],
                                       __m128i (&out)[2]) const {
        const __m256i v = level(first[0], second[0], shift[0], half_multiplier);
        const __m256i x = _mm256_packus_epi16(v, v);
        const __m128i both =
            _mm_unpacklo_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
        out[0] = clamp(both, low, high);
        out[1] = _mm_unpackhi_epi64(out[0], out[0]);
    }

  private:
    [[gnu::always_inline]] __m256i level(__m256i a, __m256i b, __m256i b_shift,
                                         __m256i factor) const {
        const __m256i t =
            _mm256_packs_epi32(_mm256_srav_epi32(a, shift[0]), _mm256_srav_epi32(b, b_shift));
        return _mm256_sra_epi16(_mm256_adds_epi16(_mm256_mulhrs_epi16(t, factor), offset),
                                fraction);
    }
};

template <int kCount, int kVectors, class Source>
[[gnu::always_inline]] inline void tile(const GemmI8& args, std::ptrdiff_t pixel, Source weights,
                                        const Scaling& scaling, int channel) {
    Tile<kCount, kVectors> tile;
#pragma GCC unroll 8
    for (int r = 0; r < kCount; ++r)
#pragma GCC unroll 2
        for (int v = 0; v < kVectors; ++v) tile.sum[r][v] = scaling.bias[v];
    const std::uint8_t* const src = args.src + pixel * args.src_step;
    const std::ptrdiff_t groups = args.inputs / kGroup;
    for (int row = 0; row < args.rows; ++row)
        for (int column = 0; column < args.columns; ++column, weights += 2 * groups)
            tile.add(src + row * args.src_row + column * args.src_column, args.src_step, weights,
                     groups);
    std::uint8_t* dst = args.dst + pixel * args.dst_step + channel;
    const int left = args.out_channels - channel;
    const int count = left < 8 * kVectors ? left : 8 * kVectors;
#pragma GCC unroll 4
    for (int r = 0; r < kCount; r += 2) {
        __m128i out[2];
        scaling.levels(tile.sum[r], tile.sum[r + 1 < kCount ? r + 1 : r], out);
        store_first(dst, out[0], count);
        if (r + 1 < kCount) store_first(dst + args.dst_step, out[1], count);
        dst += 2 * args.dst_step;
    }
}

/// One panel of all pixels. The last tile overlaps the one before it, which costs less than a tail
/// of small ones.
template <int kCount, int kVectors, class Source>
[[gnu::noinline]] void panel(const GemmI8& args, std::ptrdiff_t pixels, Source weights,
                             const Scaling& scaling, int channel) {
    if (pixels < kCount) {
        for (std::ptrdiff_t pixel = 0; pixel < pixels; ++pixel)
            tile<1, kVectors>(args, pixel, weights, scaling, channel);
        return;
    }
    for (std::ptrdiff_t pixel = 0;; pixel += kCount) {
        const bool last = pixel + kCount >= pixels;
        tile<kCount, kVectors>(args, last ? pixels - kCount : pixel, weights, scaling, channel);
        if (last) return;
    }
}

/// Output channels of a panel from `channel` on, `count` vectors of weights.
template <class Source>
void channels(const GemmI8& args, std::ptrdiff_t pixels, Source weights, std::ptrdiff_t count,
              int channel) {
    Scaling scaling(args.requant, channel);
    scaling.subtract_zeros(weights, count);
    if (args.out_channels - channel > kPanel / 2)
        panel<kRows, 2>(args, pixels, weights, scaling, channel);
    else
        panel<kNarrowRows, 1>(args, pixels, weights, scaling, channel);
}

}  // namespace

void gemm_i8(const GemmI8& args, std::ptrdiff_t pixels) {
    const std::ptrdiff_t count = args.panel / kHalfGroup;
    Weights prepared[kMostPrepared];
    const bool worth = pixels >= kWorthPreparing && count <= kMostPrepared;
    const std::int8_t* weights = args.weights;
    for (int channel = 0; channel < args.out_channels; channel += kPanel, weights += args.panel) {
        const Packed packed{weights};
        if (!worth) {
            channels(args, pixels, packed, count, channel);
            continue;
        }
        for (std::ptrdiff_t i = 0; i < count; ++i) prepared[i] = packed[i];
        channels<const Weights*>(args, pixels, prepared, count, channel);
    }
}

}  // namespace tarsier::kernels::avx2
