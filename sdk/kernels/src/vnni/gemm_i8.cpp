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

/// kRows pixels times kPanels panels of 16 output channels. All sums stay in registers: they must
/// fit into 32 with the weights and one group of inputs.
template <int kRows, int kPanels>
struct Tile {
    static constexpr int kSums = kRows * kPanels;
    __m512i sum[kSums];

    [[gnu::always_inline]] void start(const std::int32_t* bias) {
#pragma GCC unroll 24
        for (int i = 0; i < kSums; ++i) sum[i] = _mm512_load_si512(bias + i % kPanels * kPanel);
    }

    /// Returns the weights of the next inputs.
    [[gnu::always_inline]] const std::int8_t* add(const std::uint8_t* src, const GemmI8& args,
                                                  const std::int8_t* weights) {
        const std::ptrdiff_t step = args.src_step;
        const std::ptrdiff_t panel = args.panel;
        const std::uint8_t* const end = src + args.inputs;
        for (; src != end; src += kGroup, weights += kPanelBytes) {
            __m512i w[kPanels];
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; ++p) w[p] = _mm512_load_si512(weights + p * panel);
#pragma GCC unroll 24
            for (int r = 0; r < kRows; ++r) {
                const __m512i x = _mm512_set1_epi32(load_group(src + r * step));
#pragma GCC unroll 4
                for (int p = 0; p < kPanels; ++p)
                    sum[r * kPanels + p] = _mm512_dpbusd_epi32(sum[r * kPanels + p], x, w[p]);
            }
        }
        // What follows needs registers too: without this the compiler keeps copies of all sums in
        // memory, and writes them in every round.
#pragma GCC unroll 24
        for (int i = 0; i < kSums; ++i) asm("" : "+v"(sum[i]));
        return weights;
    }

    /// All channels of all panels, `step` bytes from pixel to pixel.
    [[gnu::always_inline]] void store(const RequantI8& requant, int channel, std::uint8_t* dst,
                                      std::ptrdiff_t step) const {
        const Rounding rounding(requant);
        Scaling scaling{_mm512_set1_epi16(rounding.offset),
                        _mm512_set1_epi8(rounding.low),
                        _mm512_set1_epi8(rounding.high),
                        rounding.fraction,
                        {},
                        {}};
#pragma GCC unroll 4
        for (int p = 0; p < kPanels; ++p) {
            const __m512i both = _mm512_load_si512(requant.multipliers + channel + p * kPanel);
            scaling.shift[p] = _mm512_srli_epi32(both, 16);
            scaling.multiplier[p] = _mm512_and_si512(both, _mm512_set1_epi32(0xffff));
        }
        store_from<0>(scaling, dst, step);
    }

  private:
    struct Scaling {
        __m512i offset, low, high;
        __m128i fraction;
        __m512i shift[kPanels];
        __m512i multiplier[kPanels];
    };

    /// Sums from kFirst on, four at a time, 16 channels each. A recursion and no loop: only what
    /// has a constant index stays in registers.
    template <int kFirst>
    [[gnu::always_inline]] void store_from(const Scaling& scaling, std::uint8_t* dst,
                                           std::ptrdiff_t step) const {
        if constexpr (kFirst < kSums) {
            // The packs keep to 128-bit lanes; one permutation mends that.
            const __m512i order =
                _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            const __m512i levels =
                _mm512_packus_epi16(half<kFirst>(scaling), half<kFirst + 2>(scaling));
            const __m512i held =
                _mm512_min_epu8(_mm512_max_epu8(levels, scaling.low), scaling.high);
            put<kFirst>(_mm512_permutexvar_epi32(order, held), dst, step);
            store_from<kFirst + 4>(scaling, dst, step);
        }
    }

    /// Sums kFirst and the next as 16-bit levels; behind the last one the last one again.
    template <int kFirst>
    [[gnu::always_inline]] __m512i half(const Scaling& scaling) const {
        constexpr int kA = kFirst < kSums ? kFirst : kSums - 1;
        constexpr int kB = kA + 1 < kSums ? kA + 1 : kSums - 1;
        constexpr int kPanelA = kA % kPanels;
        constexpr int kPanelB = kB % kPanels;
        return scaled(_mm512_packs_epi32(_mm512_srav_epi32(sum[kA], scaling.shift[kPanelA]),
                                         _mm512_srav_epi32(sum[kB], scaling.shift[kPanelB])),
                      _mm512_packs_epi32(scaling.multiplier[kPanelA], scaling.multiplier[kPanelB]),
                      scaling.offset, scaling.fraction);
    }

    /// The levels of sums kFirst to kFirst + 3, in order.
    template <int kFirst>
    [[gnu::always_inline]] static void put(__m512i levels, std::uint8_t* dst, std::ptrdiff_t step) {
        if constexpr (kPanels == 4) {
            _mm512_storeu_si512(dst + kFirst / 4 * step, levels);
        } else if constexpr (kPanels == 2) {
            auto* const out = dst + kFirst / 2 * step;
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_castsi512_si256(levels));
            if constexpr (kFirst + 2 < kSums)
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + step),
                                    _mm512_extracti64x4_epi64(levels, 1));
        } else {
            put_panel<kFirst>(_mm512_castsi512_si128(levels), dst, step);
            put_panel<kFirst + 1>(_mm512_extracti32x4_epi32(levels, 1), dst, step);
            put_panel<kFirst + 2>(_mm512_extracti32x4_epi32(levels, 2), dst, step);
            put_panel<kFirst + 3>(_mm512_extracti32x4_epi32(levels, 3), dst, step);
        }
    }

    template <int kSum>
    [[gnu::always_inline]] static void put_panel(__m128i levels, std::uint8_t* dst,
                                                 std::ptrdiff_t step) {
        if constexpr (kSum < kSums)
            _mm_storeu_si128(
                reinterpret_cast<__m128i*>(dst + kSum / kPanels * step + kSum % kPanels * kPanel),
                levels);
    }
};

/// Rows of levels, of which only the first `count` of the last panel are wanted.
[[gnu::noinline]] void copy_rows(const std::uint8_t* from, int rows, int panels, int count,
                                 std::uint8_t* to, std::ptrdiff_t step) {
    for (int row = 0; row < rows; ++row, to += step)
        for (int panel = 0; panel < panels; ++panel, from += kPanel)
            store_first(to + panel * kPanel, _mm_load_si128(reinterpret_cast<const __m128i*>(from)),
                        panel + 1 < panels ? kPanel : count);
}

/// A function of its own: the compiler keeps a loop alone better in registers than one inside
/// others. With kOneRun all inputs of a pixel are contiguous.
template <int kRows, int kPanels, bool kOneRun>
void tile(const GemmI8& args, const Place& at) {
    Tile<kRows, kPanels> tile;
    tile.start(args.requant.bias + at.channel);
    if constexpr (kOneRun) {
        tile.add(at.src, args, at.weights);
    } else {
        const std::int8_t* weights = at.weights;
        for (int row = 0; row < args.rows; ++row)
            for (int column = 0; column < args.columns; ++column)
                weights =
                    tile.add(at.src + row * args.src_row + column * args.src_column, args, weights);
    }
    // A last panel that is not whole goes through a buffer: branches among the stores would cost
    // more.
    alignas(64) std::uint8_t buffer[kRows * kPanels * kPanel];
    const bool whole = at.last == kPanel;
    tile.store(args.requant, at.channel, whole ? at.dst : buffer,
               whole ? args.dst_step : kPanels * kPanel);
    if (!whole) copy_rows(buffer, kRows, kPanels, at.last, at.dst, args.dst_step);
}

using TileFunction = void (*)(const GemmI8&, const Place&);

/// The tiles of one height: for several runs of inputs, and for one.
struct Height {
    int rows;
    TileFunction tile[2];
};

template <int kRows, int kPanels>
constexpr Height kHeight = {kRows, {tile<kRows, kPanels, false>, tile<kRows, kPanels, true>}};

/// The tiles of one width, tallest first.
struct Width {
    const Height* heights;
    int count;
};

constexpr Height kOne[] = {kHeight<16, 1>, kHeight<12, 1>, kHeight<8, 1>,
                           kHeight<4, 1>,  kHeight<2, 1>,  kHeight<1, 1>};
constexpr Height kTwo[] = {kHeight<12, 2>, kHeight<10, 2>, kHeight<8, 2>, kHeight<6, 2>,
                           kHeight<4, 2>,  kHeight<2, 2>,  kHeight<1, 2>};
constexpr Height kThree[] = {kHeight<8, 3>, kHeight<4, 3>, kHeight<2, 3>, kHeight<1, 3>};
constexpr Height kFour[] = {kHeight<6, 4>, kHeight<5, 4>, kHeight<4, 4>,
                            kHeight<3, 4>, kHeight<2, 4>, kHeight<1, 4>};
constexpr Width kWidths[] = {{kOne, 6}, {kTwo, 7}, {kThree, 4}, {kFour, 6}};

/// `pixels` pixels with tiles of one width. Tiles are as even as they can be; the last one begins
/// early enough to be whole, and writes what is there already once more.
void column(const GemmI8& args, Place at, const Width& width, std::ptrdiff_t pixels) {
    const std::ptrdiff_t tallest = width.heights[0].rows;
    const std::ptrdiff_t tiles = (pixels + tallest - 1) / tallest;
    const std::ptrdiff_t even = (pixels + tiles - 1) / tiles;
    const Height* height = width.heights;
    while (height + 1 < width.heights + width.count && height[1].rows >= even) ++height;
    if (height->rows > pixels) ++height;  // none fits as it is: a smaller one, more often
    const TileFunction tile = height->tile[args.rows == 1 && args.columns == 1];
    const std::uint8_t* const src = at.src;
    std::uint8_t* const dst = at.dst;
    for (std::ptrdiff_t pixel = 0; pixel < pixels; pixel += height->rows) {
        if (pixel + height->rows > pixels) pixel = pixels - height->rows;
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
               kWidths[width - 1], pixels);
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
