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

    void start(const std::int32_t* bias) {
#pragma GCC unroll 24
        for (int i = 0; i < kSums; ++i) sum[i] = _mm512_load_si512(bias + i % kPanels * kPanel);
    }

    /// Returns the weights of the next inputs.
    const std::int8_t* add(const std::uint8_t* src, const GemmI8& args,
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
        return weights;
    }

    /// Four sums, of 16 channels each, become 64 levels in order. The packs keep to 128-bit lanes;
    /// one permutation mends that. With kWhole all channels of the last panel are there.
    template <bool kWhole>
    void store(const Place& at, const GemmI8& args) const {
        const Rounding rounding(args.requant);
        const __m512i offset = _mm512_set1_epi16(rounding.offset);
        const __m512i low = _mm512_set1_epi8(rounding.low);
        const __m512i high = _mm512_set1_epi8(rounding.high);
        const __m512i order =
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        __m512i shift[kPanels];
        __m512i multiplier[kPanels];
#pragma GCC unroll 4
        for (int p = 0; p < kPanels; ++p) {
            const __m512i both =
                _mm512_load_si512(args.requant.multipliers + at.channel + p * kPanel);
            shift[p] = _mm512_srli_epi32(both, 16);
            multiplier[p] = _mm512_and_si512(both, _mm512_set1_epi32(0xffff));
        }
#pragma GCC unroll 6
        for (int i = 0; i < kSums; i += 4) {
            __m512i half[2];
#pragma GCC unroll 2
            for (int j = 0; j < 2; ++j) {
                const int first = i + 2 * j < kSums ? i + 2 * j : kSums - 1;
                const int second = i + 2 * j + 1 < kSums ? i + 2 * j + 1 : kSums - 1;
                const int p = first % kPanels;
                const int q = second % kPanels;
                half[j] = scaled(_mm512_packs_epi32(_mm512_srav_epi32(sum[first], shift[p]),
                                                    _mm512_srav_epi32(sum[second], shift[q])),
                                 _mm512_packs_epi32(multiplier[p], multiplier[q]), offset,
                                 rounding.fraction);
            }
            const __m512i level =
                _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(half[0], half[1]), low), high);
            put<kWhole>(i, _mm512_permutexvar_epi32(order, level), at, args.dst_step);
        }
    }

  private:
    /// The levels of sums i to i + 3.
    template <bool kWhole>
    static void put(int i, __m512i levels, const Place& at, std::ptrdiff_t step) {
        if constexpr (kWhole && kPanels == 4)
            return _mm512_storeu_si512(at.dst + i / 4 * step, levels);
        if constexpr (kWhole && kPanels == 2) {
            auto* const out = at.dst + i / 2 * step;
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_castsi512_si256(levels));
            if (i + 2 < kSums)
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + step),
                                    _mm512_extracti64x4_epi64(levels, 1));
            return;
        }
        put_panel<kWhole>(i, _mm512_castsi512_si128(levels), at, step);
        put_panel<kWhole>(i + 1, _mm512_extracti32x4_epi32(levels, 1), at, step);
        put_panel<kWhole>(i + 2, _mm512_extracti32x4_epi32(levels, 2), at, step);
        put_panel<kWhole>(i + 3, _mm512_extracti32x4_epi32(levels, 3), at, step);
    }

    template <bool kWhole>
    static void put_panel(int i, __m128i levels, const Place& at, std::ptrdiff_t step) {
        if (i >= kSums) return;
        std::uint8_t* const out = at.dst + i / kPanels * step + i % kPanels * kPanel;
        if (kWhole || i % kPanels + 1 < kPanels)
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out), levels);
        else
            store_first(out, levels, at.last);
    }
};

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
    if (at.last == kPanel)
        tile.template store<true>(at, args);
    else
        tile.template store<false>(at, args);
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
