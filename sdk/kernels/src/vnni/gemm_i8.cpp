// SPDX-License-Identifier: Apache-2.0
#include "gemm_i8.h"

#include "vector_i8.h"

namespace tarsier::kernels::vnni {
namespace {

// Pixels whose inputs are used for all panels before the next ones: while their inputs take no more
// than half of a small first-level cache, but at least kBlockPixels.
constexpr std::ptrdiff_t kBlockBytes = 16384;
constexpr std::ptrdiff_t kBlockPixels = 48;

constexpr int kPanelBytes = kPanel * kGroup;  ///< of one group of inputs

/// Where a tile begins, and how many channels of its last panel there are.
struct Place {
    const std::uint8_t* src;
    std::uint8_t* dst;
    const std::int8_t* weights;
    int channel;
    int last;
};

/// What sums of one width have in common; numbers of a half panel stand twice in their vectors.
template <int kVectors>
struct Scaling {
    __m512i offset, low, high;
    __m128i fraction;
    __m512i shift[kVectors];
    __m512i multiplier[kVectors];

    [[gnu::always_inline]] Scaling(const RequantI8& requant, int channel, int panels) {
        const Rounding rounding(requant);
        offset = _mm512_set1_epi16(rounding.offset);
        low = _mm512_set1_epi8(rounding.low);
        high = _mm512_set1_epi8(rounding.high);
        fraction = rounding.fraction;
#pragma GCC unroll 4
        for (int p = 0; p < kVectors; ++p) {
            const std::int32_t* const at = requant.multipliers + channel + p * kPanel;
            const __m512i both = p < panels ? _mm512_load_si512(at)
                                            : _mm512_broadcast_i64x4(_mm256_load_si256(
                                                  reinterpret_cast<const __m256i*>(at)));
            shift[p] = _mm512_srli_epi32(both, 16);
            multiplier[p] = _mm512_and_si512(both, _mm512_set1_epi32(0xffff));
        }
    }

    /// Two vectors of sums, of panels p and q, as 16-bit levels.
    [[gnu::always_inline]] __m512i half(__m512i a, int p, __m512i b, int q) const {
        return scaled(
            _mm512_packs_epi32(_mm512_srav_epi32(a, shift[p]), _mm512_srav_epi32(b, shift[q])),
            _mm512_packs_epi32(multiplier[p], multiplier[q]), offset, fraction);
    }
    /// The levels of the four vectors of two halves, in order.
    [[gnu::always_inline]] __m512i levels(__m512i first, __m512i second) const {
        // The packs keep to 128-bit lanes; one permutation mends that.
        const __m512i order =
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        const __m512i packed = _mm512_packus_epi16(first, second);
        return _mm512_permutexvar_epi32(order, _mm512_min_epu8(_mm512_max_epu8(packed, low), high));
    }
};

/// kRows pixels times kPanels panels of 16 output channels, and with kHalf the first eight of one
/// more. All sums stay in registers: they must fit into 32 with the weights and one group of
/// inputs.
template <int kRows, int kPanels, bool kHalf>
struct Tile {
    static constexpr int kSums = kRows * kPanels;
    __m512i sum[kSums > 0 ? kSums : 1];
    __m256i half[kHalf ? kRows : 1];

    [[gnu::always_inline]] void start(const std::int32_t* bias) {
        if constexpr (kSums > 0) {
#pragma GCC unroll 24
            for (int i = 0; i < kSums; ++i) sum[i] = _mm512_load_si512(bias + i % kPanels * kPanel);
        }
        if constexpr (kHalf) {
#pragma GCC unroll 24
            for (int r = 0; r < kRows; ++r) half[r] = load_half(bias + kPanels * kPanel);
        }
    }

    /// Returns the weights of the next inputs.
    [[gnu::always_inline]] const std::int8_t* add(const std::uint8_t* src, const GemmI8& args,
                                                  const std::int8_t* weights) {
        const std::ptrdiff_t step = args.src_step;
        const std::ptrdiff_t panel = args.panel;
        const std::uint8_t* const end = src + args.inputs;
        for (; src != end; src += kGroup, weights += kPanelBytes) {
            __m512i w[kPanels > 0 ? kPanels : 1];
            __m256i w_half;
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; ++p) w[p] = _mm512_load_si512(weights + p * panel);
            if constexpr (kHalf) w_half = load_half(weights + kPanels * panel);
#pragma GCC unroll 24
            for (int r = 0; r < kRows; ++r) {
                const __m512i x = _mm512_set1_epi32(load_group(src + r * step));
#pragma GCC unroll 4
                for (int p = 0; p < kPanels; ++p)
                    sum[r * kPanels + p] = _mm512_dpbusd_epi32(sum[r * kPanels + p], x, w[p]);
                if constexpr (kHalf)
                    half[r] = _mm256_dpbusd_epi32(half[r], _mm512_castsi512_si256(x), w_half);
            }
        }
        // What follows needs registers too: without this the compiler keeps copies of all sums in
        // memory, and writes them in every round.
#pragma GCC unroll 24
        for (int i = 0; i < kSums; ++i) asm("" : "+v"(sum[i]));
        if constexpr (kHalf) {
#pragma GCC unroll 24
            for (int r = 0; r < kRows; ++r) asm("" : "+v"(half[r]));
        }
        return weights;
    }

    /// `last` channels of the last panel and all of the others, `step` bytes from pixel to pixel.
    [[gnu::always_inline]] void store(const RequantI8& requant, int channel, std::uint8_t* dst,
                                      std::ptrdiff_t step, int last) const {
        const Scaling<kPanels + kHalf> scaling(requant, channel, kPanels);
        if constexpr (kPanels > 0) {
            const int count = (kPanels - 1) * kPanel + (kHalf ? kPanel : last);
            store_from<0>(scaling, dst, step, ~__mmask64{0} >> (64 - count));
        }
        if constexpr (kHalf)
            store_half_from<0>(scaling, dst + kPanels * kPanel, step,
                               static_cast<__mmask16>((1 << last) - 1));
    }

  private:
    template <class T>
    static __m256i load_half(const T* p) {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
    }

    /// Sums from kFirst on, four at a time, 16 channels each; behind the last one the last one
    /// again. A recursion and no loop: only what has a constant index stays in registers.
    template <int kFirst>
    [[gnu::always_inline]] void store_from(const Scaling<kPanels + kHalf>& scaling,
                                           std::uint8_t* dst, std::ptrdiff_t step,
                                           __mmask64 mask) const {
        if constexpr (kFirst < kSums) {
            constexpr int kLast = kSums - 1;
            constexpr int kB = kFirst + 1 < kSums ? kFirst + 1 : kLast;
            constexpr int kC = kFirst + 2 < kSums ? kFirst + 2 : kLast;
            constexpr int kD = kFirst + 3 < kSums ? kFirst + 3 : kLast;
            put<kFirst>(
                scaling.levels(scaling.half(sum[kFirst], kFirst % kPanels, sum[kB], kB % kPanels),
                               scaling.half(sum[kC], kC % kPanels, sum[kD], kD % kPanels)),
                dst, step, mask);
            store_from<kFirst + 4>(scaling, dst, step, mask);
        }
    }

    /// The levels of sums kFirst to kFirst + 3.
    template <int kFirst>
    [[gnu::always_inline]] static void put(__m512i levels, std::uint8_t* dst, std::ptrdiff_t step,
                                           __mmask64 mask) {
        if constexpr (kPanels == 4) {
            _mm512_mask_storeu_epi8(dst + kFirst / 4 * step, mask, levels);
        } else if constexpr (kPanels == 2) {
            auto* const out = dst + kFirst / 2 * step;
            const auto pair = static_cast<__mmask32>(mask);
            _mm256_mask_storeu_epi8(out, pair, _mm512_castsi512_si256(levels));
            if constexpr (kFirst + 2 < kSums)
                _mm256_mask_storeu_epi8(out + step, pair, _mm512_extracti64x4_epi64(levels, 1));
        } else {
            put_panel<kFirst>(_mm512_castsi512_si128(levels), dst, step, mask);
            put_panel<kFirst + 1>(_mm512_extracti32x4_epi32(levels, 1), dst, step, mask);
            put_panel<kFirst + 2>(_mm512_extracti32x4_epi32(levels, 2), dst, step, mask);
            put_panel<kFirst + 3>(_mm512_extracti32x4_epi32(levels, 3), dst, step, mask);
        }
    }

    template <int kSum>
    [[gnu::always_inline]] static void put_panel(__m128i levels, std::uint8_t* dst,
                                                 std::ptrdiff_t step, __mmask64 mask) {
        if constexpr (kSum < kSums) {
            std::uint8_t* const out = dst + kSum / kPanels * step + kSum % kPanels * kPanel;
            if constexpr (kSum % kPanels == kPanels - 1)
                _mm_mask_storeu_epi8(out, static_cast<__mmask16>(mask >> (kPanels - 1) * kPanel),
                                     levels);
            else
                _mm_storeu_si128(reinterpret_cast<__m128i*>(out), levels);
        }
    }

    /// Half panels from row kFirst on, eight at a time: two rows fill a vector.
    template <int kFirst>
    [[gnu::always_inline]] void store_half_from(const Scaling<kPanels + kHalf>& scaling,
                                                std::uint8_t* dst, std::ptrdiff_t step,
                                                __mmask16 mask) const {
        if constexpr (kFirst < kRows) {
            const __m512i levels = scaling.levels(
                scaling.half(two_rows<kFirst>(), kPanels, two_rows<kFirst + 2>(), kPanels),
                scaling.half(two_rows<kFirst + 4>(), kPanels, two_rows<kFirst + 6>(), kPanels));
            put_halves<kFirst>(_mm512_castsi512_si128(levels), dst, step, mask);
            put_halves<kFirst + 2>(_mm512_extracti32x4_epi32(levels, 1), dst, step, mask);
            put_halves<kFirst + 4>(_mm512_extracti32x4_epi32(levels, 2), dst, step, mask);
            put_halves<kFirst + 6>(_mm512_extracti32x4_epi32(levels, 3), dst, step, mask);
            store_half_from<kFirst + 8>(scaling, dst, step, mask);
        }
    }

    template <int kRow>
    [[gnu::always_inline]] __m512i two_rows() const {
        constexpr int kA = kRow < kRows ? kRow : kRows - 1;
        constexpr int kB = kRow + 1 < kRows ? kRow + 1 : kRows - 1;
        return _mm512_inserti64x4(_mm512_castsi256_si512(half[kA]), half[kB], 1);
    }

    template <int kRow>
    [[gnu::always_inline]] static void put_halves(__m128i levels, std::uint8_t* dst,
                                                  std::ptrdiff_t step, __mmask16 mask) {
        if constexpr (kRow < kRows) _mm_mask_storeu_epi8(dst + kRow * step, mask, levels);
        if constexpr (kRow + 1 < kRows)
            _mm_mask_storeu_epi8(dst + (kRow + 1) * step, mask, _mm_unpackhi_epi64(levels, levels));
    }
};

/// A function of its own: the compiler keeps a loop alone better in registers than one inside
/// others. With kOneRun all inputs of a pixel are contiguous.
template <int kRows, int kPanels, bool kHalf, bool kOneRun>
void tile(const GemmI8& args, const Place& at) {
    Tile<kRows, kPanels, kHalf> tile;
    tile.start(args.requant.bias + at.channel);
    const std::int8_t* weights = at.weights;
    if constexpr (kOneRun)
        tile.add(at.src, args, weights);
    else
        for (int row = 0; row < args.rows; ++row)
            for (int column = 0; column < args.columns; ++column)
                weights =
                    tile.add(at.src + row * args.src_row + column * args.src_column, args, weights);
    tile.store(args.requant, at.channel, at.dst, args.dst_step, at.last);
}

/// The tiles of one height: for several runs of inputs, and for one.
struct Height {
    int rows;
    void (*tile[2])(const GemmI8&, const Place&);
};

/// The tiles of one width, tallest first; the last one has one row.
template <int kPanels, bool kHalf, int... kRows>
constexpr Height kHeights[] = {
    {kRows, {tile<kRows, kPanels, kHalf, false>, tile<kRows, kPanels, kHalf, true>}}...};

/// By panels, and whether the last one of them is a half.
constexpr const Height* kWidths[4][2] = {
    {kHeights<1, false, 16, 14, 12, 10, 8, 4, 2, 1>, kHeights<0, true, 16, 12, 8, 4, 2, 1>},
    {kHeights<2, false, 12, 10, 9, 8, 7, 6, 5, 4, 2, 1>, kHeights<1, true, 12, 10, 8, 6, 4, 2, 1>},
    {kHeights<3, false, 8, 7, 6, 5, 4, 2, 1>, kHeights<2, true, 9, 8, 7, 6, 5, 4, 2, 1>},
    {kHeights<4, false, 6, 5, 4, 3, 2, 1>, kHeights<3, true, 6, 5, 4, 3, 2, 1>}};

/// The height whose tiles cost least: they are whole, so that the last one repeats rows of the one
/// before, and each costs about a row besides those it has.
const Height* cheapest(const Height* height, std::ptrdiff_t pixels) {
    const Height* best = nullptr;
    std::uint32_t least = 0;
    // So many are enough for a choice, and for 32 bits.
    const auto count = static_cast<std::uint32_t>(pixels < 4096 ? pixels : 4096);
    for (;; ++height) {
        const auto rows = static_cast<std::uint32_t>(height->rows);
        const std::uint32_t cost = (count + rows - 1) / rows * (rows + 1);
        if (rows <= count && (best == nullptr || cost < least)) {
            best = height;
            least = cost;
        }
        if (rows == 1) return best;
    }
}

/// `pixels` pixels with tiles of one width; the last tile begins early enough to be whole, and
/// writes what is there already once more.
void column(const GemmI8& args, Place at, const Height* heights, std::ptrdiff_t pixels) {
    const Height& height = *cheapest(heights, pixels);
    const auto tile = height.tile[args.rows == 1 && args.columns == 1 ? 1 : 0];
    const std::uint8_t* const src = at.src;
    std::uint8_t* const dst = at.dst;
    for (std::ptrdiff_t pixel = 0; pixel < pixels; pixel += height.rows) {
        if (pixel + height.rows > pixels) pixel = pixels - height.rows;
        at.src = src + pixel * args.src_step;
        at.dst = dst + pixel * args.dst_step;
        tile(args, at);
    }
}

void block(const GemmI8& args, std::ptrdiff_t first, std::ptrdiff_t pixels) {
    const int panels = (args.out_channels + kPanel - 1) / kPanel;
    for (int panel = 0; panel < panels;) {
        int width = panels - panel;
        if (width > 4) width = width == 5 ? 3 : 4;  // 3 + 2, not 4 + 1
        const int channel = panel * kPanel;
        const int left = args.out_channels - channel - (width - 1) * kPanel;
        column(args,
               {args.src + first * args.src_step, args.dst + first * args.dst_step + channel,
                args.weights + panel * args.panel, channel, left < kPanel ? left : kPanel},
               kWidths[width - 1][left <= kPanel / 2 ? 1 : 0], pixels);
        panel += width;
    }
}

}  // namespace

void gemm_i8(const GemmI8& args, std::ptrdiff_t pixels) {
    const std::ptrdiff_t inputs = args.rows * args.columns * args.inputs;
    const std::ptrdiff_t bytes = args.src_step < inputs ? args.src_step : inputs;
    std::ptrdiff_t size = bytes > 0 ? kBlockBytes / bytes / kBlockPixels * kBlockPixels : 0;
    if (size < kBlockPixels) size = kBlockPixels;
    for (std::ptrdiff_t first = 0; first < pixels; first += size)
        block(args, first, first + size < pixels ? size : pixels - first);
}

}  // namespace tarsier::kernels::vnni
