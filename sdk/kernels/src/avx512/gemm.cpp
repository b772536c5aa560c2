// SPDX-License-Identifier: Apache-2.0
#include "gemm.h"

#include "vector.h"

namespace tarsier::kernels::avx512 {
namespace {

// Pixels whose inputs are used for all panels before the next ones: at least kBlockPixels, more
// while their inputs take no more than half of a small first-level cache.
constexpr std::ptrdiff_t kBlockFloats = 4096;
constexpr std::ptrdiff_t kBlockPixels = 48;

// A tile asks for what the tiles of the next panels want, at most so many floats of each:
// processors see longer runs coming by themselves.
constexpr std::ptrdiff_t kAheadFloats = 512 * kPanel;

constexpr int kHalfLanes = 8;

// Inputs of a pixel, in runs, that a tile takes in one loop.
constexpr int kShortRuns = 64;

/// The output channels of a tile, and what it may write of its last vector.
struct Place {
    const float* weights;
    const float* bias;
    __mmask16 last;
    Bounds bounds;
    const float* soon;           ///< weights that the next tiles want
    const std::int32_t* inputs;  ///< with short runs: places of a pixel's inputs, from `src` on
};

/// How the inputs of a pixel lie: in runs, in short runs whose weights are contiguous, in one run.
enum class Runs { Many, Short, One };

/// The inputs of the first of some pixels: neighbours, or at places told.
struct Run {
    const float* now;
    const float* end;
    const float* at() const { return now; }
};
struct Scattered {
    const std::int32_t* now;
    const std::int32_t* end;
    const float* src;
    const float* at() const { return src + *now; }
};

/// The same place; the compiler does not know that it is. Half vectors that take all their inputs
/// from whole ones are slow on some processors, half vectors that load all of them on others.
const float* again(const float* p) {
    asm("" : "+r"(p));
    return p;
}

/// kRows pixels times kPanels panels of 16 output channels, and half a panel more with kHalf. All
/// sums stay in registers: they must fit into 32 with the weights and one input.
template <int kRows, int kPanels, bool kHalf>
struct Tile {
    static constexpr int kWhole = kPanels > 0 ? kPanels : 1;
    __m512 sum[kRows][kWhole];
    __m256 half[kRows];

    void start(const float* bias) {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; ++p) sum[r][p] = _mm512_loadu_ps(bias + p * kLanes);
            if constexpr (kHalf) half[r] = _mm256_loadu_ps(bias + kPanels * kLanes);
        }
    }

    template <class Inputs>
    void add(Inputs inputs, const Gemm& args, const float* weights, const float* soon) {
        const std::ptrdiff_t step = args.src_step;
        const std::ptrdiff_t panel = args.panel;
        for (; inputs.now != inputs.end; ++inputs.now, weights += kPanel, soon += kPanel) {
            _mm_prefetch(soon, _MM_HINT_T0);
            const float* const src = inputs.at();
            __m512 w[kWhole];
            __m256 h;
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; ++p) w[p] = _mm512_loadu_ps(weights + p * panel);
            if constexpr (kHalf) h = _mm256_loadu_ps(weights + kPanels * panel);
#pragma GCC unroll 16
            for (int r = 0; r < kRows; ++r) {
                const float* const in = src + r * step;
                const __m512 x = _mm512_set1_ps(*in);
#pragma GCC unroll 4
                for (int p = 0; p < kPanels; ++p) sum[r][p] = _mm512_fmadd_ps(x, w[p], sum[r][p]);
                if constexpr (kHalf) {
                    const bool shared = kPanels > 0 && r % 2 == 0;
                    half[r] = _mm256_fmadd_ps(
                        shared ? _mm512_castps512_ps256(x) : _mm256_set1_ps(*again(in)), h,
                        half[r]);
                }
            }
        }
    }

    /// With kMasked only the first channels of the last vector: such stores are slow.
    template <bool kMasked, class Bound>
    [[gnu::always_inline]] void store(float* out, const Place& at, std::ptrdiff_t step,
                                      const Bound& bound) const {
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r, out += step) {
#pragma GCC unroll 4
            for (int p = 0; p < kPanels; ++p) {
                const __m512 value = bound(sum[r][p]);
                if (kMasked && !kHalf && p + 1 == kPanels)
                    _mm512_mask_storeu_ps(out + p * kLanes, at.last, value);
                else
                    _mm512_storeu_ps(out + p * kLanes, value);
            }
            if constexpr (kHalf) {
                const __m256 value = bound(half[r]);
                if constexpr (kMasked)
                    _mm256_mask_storeu_ps(out + kPanels * kLanes, static_cast<__mmask8>(at.last),
                                          value);
                else
                    _mm256_storeu_ps(out + kPanels * kLanes, value);
            }
        }
    }
};

/// A function for each way in which inputs lie: the compiler keeps a loop alone better in registers
/// than one inside others.
template <int kRows, int kPanels, bool kHalf, Runs kRuns>
void tile(const Gemm& args, const Place& at, const float* src, float* dst) {
    Tile<kRows, kPanels, kHalf> tile;
    tile.start(at.bias);
    if constexpr (kRuns == Runs::Short) {
        tile.add(Scattered{at.inputs, at.inputs + args.rows * args.inputs, src}, args, at.weights,
                 at.soon);
    } else {
        const int rows = kRuns == Runs::One ? 1 : args.rows;
        const int columns = kRuns == Runs::One ? 1 : args.columns;
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column) {
                const float* const run = src + row * args.src_row + column * args.src_column;
                tile.add(Run{run, run + args.inputs}, args,
                         at.weights + row * args.weights_row + column * args.weights_column,
                         at.soon + row * args.weights_row + column * args.weights_column);
            }
    }
    with_bounds(at.bounds, args.min, args.max, [&](const auto& bound) {
        if (at.last == (kHalf ? 0xff : 0xffff))
            tile.template store<false>(dst, at, args.dst_step, bound);
        else
            tile.template store<true>(dst, at, args.dst_step, bound);
    });
}

using TileFunction = void (*)(const Gemm&, const Place&, const float* src, float* dst);

/// The tiles of one height, by Runs.
struct Height {
    int rows;
    TileFunction tile[3];
};

template <int kRows, int kPanels, bool kHalf>
constexpr Height kHeight = {
    kRows,
    {tile<kRows, kPanels, kHalf, Runs::Many>, tile<kRows, kPanels, kHalf, Runs::Short>,
     tile<kRows, kPanels, kHalf, Runs::One>}};

/// The tiles of one width, tallest first.
struct Width {
    const Height* heights;
    int count;
};

template <int kPanels, bool kHalf>
constexpr Height kTall[] = {kHeight<12, kPanels, kHalf>, kHeight<10, kPanels, kHalf>,
                            kHeight<8, kPanels, kHalf>,  kHeight<6, kPanels, kHalf>,
                            kHeight<4, kPanels, kHalf>,  kHeight<2, kPanels, kHalf>,
                            kHeight<1, kPanels, kHalf>};
template <int kPanels, bool kHalf>
constexpr Height kMiddle[] = {kHeight<8, kPanels, kHalf>, kHeight<7, kPanels, kHalf>,
                              kHeight<6, kPanels, kHalf>, kHeight<4, kPanels, kHalf>,
                              kHeight<2, kPanels, kHalf>, kHeight<1, kPanels, kHalf>};
constexpr Height kLow[] = {kHeight<4, 4, false>, kHeight<3, 4, false>, kHeight<2, 4, false>,
                           kHeight<1, 4, false>};

template <int kPanels, bool kHalf>
constexpr Width width() {
    if constexpr (kPanels == 4)
        return {kLow, 4};
    else if constexpr (kPanels >= 2)
        return {kMiddle<kPanels, kHalf>, 6};
    else
        return {kTall<kPanels, kHalf>, 7};
}

/// The lowest height that holds so many pixels, or the tallest.
const Height* fitting(Width width, std::ptrdiff_t pixels) {
    const Height* height = width.heights;
    while (height + 1 < width.heights + width.count && height[1].rows >= pixels) ++height;
    return height;
}

/// The tiles for so many pixels: `height` throughout, but for `last` at the end.
struct Division {
    const Height* height;
    const Height* last;
};

/// What computes least, of all heights from half the tallest on. A tile too low to hide the latency
/// of its sums costs as much as one of half the rows; every tile costs a little.
Division divide(Width width, std::ptrdiff_t pixels) {
    const std::ptrdiff_t tallest = width.heights[0].rows;
    const std::ptrdiff_t lowest = tallest / 2;
    if (pixels % tallest == 0) return {width.heights, width.heights};
    Division best{fitting(width, pixels), nullptr};
    if (best.height->rows > pixels) ++best.height;  // none fits as it is: a smaller one, more often
    best.last = best.height;
    if (pixels < tallest) return best;
    std::ptrdiff_t least = 0;
    for (const Height* height = width.heights; height->rows >= lowest; ++height) {
        const std::ptrdiff_t rest = pixels % height->rows;
        const Height* const last = rest > 0 ? fitting(width, rest) : height;
        const std::ptrdiff_t rows = last->rows > lowest ? last->rows : lowest;
        const std::ptrdiff_t tiles = (pixels + height->rows - 1) / height->rows;
        const std::ptrdiff_t cost = 4 * (pixels - rest + (rest > 0 ? rows : 0)) + tiles;
        if (least > 0 && cost >= least) continue;
        least = cost;
        best = {height, last};
    }
    return best;
}

/// `pixels` pixels with tiles of one width. The last one begins early enough to be whole, and
/// writes what is there already once more.
void column(const Gemm& args, Runs runs, Place& at, Width width, const float* src, float* dst,
            std::ptrdiff_t pixels) {
    const Division division = divide(width, pixels);
    const TileFunction tile = division.height->tile[static_cast<int>(runs)];
    const std::ptrdiff_t rows = division.height->rows;
    for (; pixels >= rows; pixels -= rows) {
        tile(args, at, src, dst);
        if (at.soon != at.weights) at.soon += args.panel;
        src += rows * args.src_step;
        dst += rows * args.dst_step;
    }
    if (pixels == 0) return;
    const std::ptrdiff_t back = division.last->rows - pixels;
    division.last->tile[static_cast<int>(runs)](args, at, src - back * args.src_step,
                                                dst - back * args.dst_step);
}

/// How many panels the next tiles take, of so many whole ones and perhaps a half behind them.
int next_width(int panels, bool half, std::ptrdiff_t pixels) {
    if (pixels <= 4 && panels >= 4) return 4;
    if (panels <= 3) return panels == 3 && half ? 2 : panels;
    return panels % 2 == 1 && !half ? 3 : 2;
}

Width width_of(int panels, bool half) {
    switch (panels) {
        case 0:
            return width<0, true>();
        case 1:
            return half ? width<1, true>() : width<1, false>();
        case 2:
            return half ? width<2, true>() : width<2, false>();
        case 3:
            return width<3, false>();
        default:
            return width<4, false>();
    }
}

Runs runs_of(const Gemm& args) {
    if (args.rows == 1 && args.columns == 1) return Runs::One;
    const bool contiguous = args.columns == 1 && args.weights_row == args.inputs * kPanel;
    return contiguous && args.rows * args.inputs <= kShortRuns ? Runs::Short : Runs::Many;
}

void block(const Gemm& args, const float* src, float* dst, std::ptrdiff_t pixels) {
    const int tail = args.out_channels % kPanel;
    const bool half = tail > 0 && tail <= kHalfLanes;
    int panels = args.out_channels / kPanel + (tail > kHalfLanes ? 1 : 0);
    const Runs runs = runs_of(args);
    std::int32_t inputs[kShortRuns];
    for (int i = 0; runs == Runs::Short && i < args.rows * args.inputs; ++i)
        inputs[i] = static_cast<std::int32_t>(i / args.inputs * args.src_row + i % args.inputs);
    Place at{args.weights, args.bias, 0xffff, bounds_of(args.min, args.max), nullptr, inputs};
    for (bool done = false; !done;) {
        const int width = next_width(panels, half, pixels);
        panels -= width;
        const bool with_half = half && panels == 0 && width < 3;
        done = panels == 0 && (with_half || !half);
        if (done && tail > 0) at.last = first_lanes(tail);
        const bool ahead = args.panel <= kAheadFloats;
        at.soon = at.weights + (ahead ? width + with_half : 0) * args.panel;
        column(args, runs, at, width_of(width, with_half), src, dst, pixels);
        dst += width * kPanel;
        at.weights += width * args.panel;
        at.bias += width * kPanel;
    }
}

}  // namespace

void gemm(const Gemm& args, std::ptrdiff_t pixels) {
    const std::ptrdiff_t inputs = args.rows * args.columns * args.inputs;
    const std::ptrdiff_t floats = args.src_step < inputs ? args.src_step : inputs;
    std::ptrdiff_t size = floats > 0 ? kBlockFloats / floats / kBlockPixels * kBlockPixels : 0;
    if (size < kBlockPixels) size = kBlockPixels;
    for (std::ptrdiff_t first = 0; first < pixels; first += size)
        block(args, args.src + first * args.src_step, args.dst + first * args.dst_step,
              first + size < pixels ? size : pixels - first);
}

}  // namespace tarsier::kernels::avx512
