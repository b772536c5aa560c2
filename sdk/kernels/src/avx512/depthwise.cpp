// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx512 {
namespace {

// Rows that go down together: as many as have inputs of kBandBytes, or kBandRows if those have
// more. A larger picture would be read anew by every vector of channels.
constexpr std::ptrdiff_t kBandBytes = 512 * 1024;
constexpr std::ptrdiff_t kBandRows = 8;

alignas(64) constexpr float kZeros[kLanes] = {};

/// Channels of a vector; `mask` has those that there are.
struct Whole {
    using Vector = __m512;
    static Vector load(const float* p, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, p); }
    static Vector constant(const float* p) { return _mm512_loadu_ps(p); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
    static void store(float* p, __mmask16 mask, Vector x) {
        if (mask == 0xffff)
            _mm512_storeu_ps(p, x);  // a masked store is slow
        else
            _mm512_mask_storeu_ps(p, mask, x);
    }
};

/// For tails of at most 8 channels.
struct Half {
    using Vector = __m256;
    static constexpr int kCount = 8;
    static Vector load(const float* p, __mmask16 mask) {
        return _mm256_maskz_loadu_ps(static_cast<__mmask8>(mask), p);
    }
    static Vector constant(const float* p) { return _mm256_loadu_ps(p); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
    static void store(float* p, __mmask16 mask, Vector x) {
        if (mask == 0xff)
            _mm256_storeu_ps(p, x);
        else
            _mm256_mask_storeu_ps(p, static_cast<__mmask8>(mask), x);
    }
};

/// An axis of a lattice: outputs whose windows meet the same inputs in part. With a dilation that
/// is every so-many-th output, and the inputs between are left out too: taps are neighbours.
struct Axis {
    int first;    ///< index of the first output's first input; from 0 to inputs - 1 in the picture
    int inputs;   ///< in the picture
    int outputs;  ///< of the lattice
    std::ptrdiff_t src_step;  ///< floats from input to input
    std::ptrdiff_t dst_step;  ///< from output to output
};

/// One vector of channels of a lattice.
struct Lattice {
    Axis x, y;
    const float* src;  ///< of the input that has index 0 on both axes
    float* dst;
    const float* weights;
    std::ptrdiff_t padded;  ///< floats from tap to tap
    const float* bias;
    __mmask16 mask;
    float min, max;
    Bounds bounds;
};

bool inside(const Axis& axis, int index) {
    return static_cast<unsigned>(index) < static_cast<unsigned>(axis.inputs);
}

/// kPixels columns of outputs from column `x` on, from the top down. A row of inputs is loaded once
/// and added to every row of outputs that it meets, whose sums stay in registers. Of the columns of
/// inputs only the first and last kKernel / 2 may lie outside the picture.
template <class V, int kKernel, int kStride, int kPixels>
[[gnu::noinline]] void columns(const Lattice& at, int x) {
    constexpr int kInputs = (kPixels - 1) * kStride + kKernel;
    constexpr int kOpen = (kKernel + kStride - 1) / kStride;  // rows of outputs that a row meets
    constexpr int kSide = kKernel / 2;
    const int first = at.x.first + x * kStride;
    bool outside[kInputs] = {};
    for (int i = 0; i < kSide; ++i) {
        outside[i] = !inside(at.x, first + i);
        outside[kInputs - 1 - i] = !inside(at.x, first + kInputs - 1 - i);
    }
    typename V::Vector sum[kOpen][kPixels];
    for (int row = 0; row < at.y.outputs + kOpen - 1; ++row) {
        // Row `row` of the outputs opens; the sums of those above it move on.
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 4
            for (int o = kOpen - 1; o > 0; --o) sum[o][p] = sum[o - 1][p];
            sum[0][p] = V::constant(at.bias);
        }
#pragma GCC unroll 2
        for (int r = 0; r < kStride; ++r) {
            const int y = at.y.first + row * kStride + r;
            if (!inside(at.y, y)) continue;
            const float* in = at.src + y * at.y.src_step + first * at.x.src_step;
            typename V::Vector value[kInputs];
#pragma GCC unroll 16
            for (int i = 0; i < kInputs; ++i, in += at.x.src_step)
                value[i] = V::load(outside[i] ? kZeros : in, at.mask);
#pragma GCC unroll 5
            for (int o = 0; o < kOpen; ++o) {
                const int tap = r + o * kStride;
                if (tap >= kKernel || row - o < 0 || row - o >= at.y.outputs) continue;
                const float* const weights = at.weights + tap * kKernel * at.padded;
#pragma GCC unroll 5
                for (int c = 0; c < kKernel; ++c) {
                    const typename V::Vector w = V::constant(weights + c * at.padded);
#pragma GCC unroll 8
                    for (int p = 0; p < kPixels; ++p)
                        sum[o][p] = V::fma(value[p * kStride + c], w, sum[o][p]);
                }
            }
        }
        if (row < kOpen - 1) continue;
        float* out = at.dst + (row - kOpen + 1) * at.y.dst_step + x * at.x.dst_step;
        with_bounds(at.bounds, at.min, at.max, [&](const auto& bound) {
#pragma GCC unroll 8
            for (int p = 0; p < kPixels; ++p, out += at.x.dst_step)
                V::store(out, at.mask, bound(sum[kOpen - 1][p]));
        });
    }
}

/// The kernel with 1 to kMost columns at once.
template <class V, int kKernel, int kStride, int kMost>
struct Columns {
    using Function = void (*)(const Lattice&, int);
    Function of[kMost + 1] = {};
    constexpr Columns() { add<kMost>(); }

    /// All columns in groups as even as they can be.
    void run(const Lattice& at) const {
        int x = 0;
        for (int groups = (at.x.outputs + kMost - 1) / kMost; groups > 0; --groups) {
            const int pixels = (at.x.outputs - x) / groups;
            of[pixels](at, x);
            x += pixels;
        }
    }

  private:
    template <int kPixels>
    constexpr void add() {
        of[kPixels] = columns<V, kKernel, kStride, kPixels>;
        if constexpr (kPixels > 1) add<kPixels - 1>();
    }
};
template <class V, int kKernel, int kStride, int kMost>
constexpr Columns<V, kKernel, kStride, kMost> kColumns;

/// One output after the other, for any kernel.
template <class V>
void each(const Lattice& at, const ConvF32& args) {
    for (int y = 0; y < at.y.outputs; ++y)
        for (int x = 0; x < at.x.outputs; ++x) {
            typename V::Vector sum = V::constant(at.bias);
            for (int tap = 0; tap < args.kernel_h * args.kernel_w; ++tap) {
                const int in_y = at.y.first + y * args.stride_h + tap / args.kernel_w;
                const int in_x = at.x.first + x * args.stride_w + tap % args.kernel_w;
                if (!inside(at.y, in_y) || !inside(at.x, in_x)) continue;
                const float* const in = at.src + in_y * at.y.src_step + in_x * at.x.src_step;
                sum = V::fma(V::load(in, at.mask), V::constant(at.weights + tap * at.padded), sum);
            }
            float* const out = at.dst + y * at.y.dst_step + x * at.x.dst_step;
            with_bounds(at.bounds, at.min, at.max,
                        [&](const auto& bound) { V::store(out, at.mask, bound(sum)); });
        }
}

/// The kernels of the networks are unrolled.
template <class V>
void lattice(const Lattice& at, const ConvF32& args) {
    const int side = args.kernel_w / 2;
    const int last = at.x.first + (at.x.outputs - 1) * args.stride_w + args.kernel_w - 1;
    const bool centred = at.x.first >= -side && last < at.x.inputs + side;
    const bool even = args.kernel_h == args.kernel_w && args.stride_h == args.stride_w;
    const int kernel = centred && even ? args.kernel_w : 0;
    if (kernel == 3 && args.stride_w == 1) return kColumns<V, 3, 1, 7>.run(at);
    if (kernel == 3 && args.stride_w == 2) return kColumns<V, 3, 2, 7>.run(at);
    if (kernel == 5 && args.stride_w == 1) return kColumns<V, 5, 1, 4>.run(at);
    if (kernel == 5 && args.stride_w == 2) return kColumns<V, 5, 2, 5>.run(at);
    each<V>(at, args);
}

/// The channels, a vector at a time.
void channels(Lattice at, const ConvF32& args) {
    for (int left = args.out_channels; left > 0; left -= kLanes) {
        at.mask = first_lanes(left);
        if (left > Half::kCount)
            lattice<Whole>(at, args);
        else
            lattice<Half>(at, args);
        at.src += kLanes;
        at.dst += kLanes;
        at.weights += kLanes;
        at.bias += kLanes;
    }
}

/// Floor of a / b, b > 0.
int floor_div(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// What a side of the picture has in common for all its lattices.
struct Side {
    int begin, end;  ///< outputs
    int stride, dilation, pad;
    int length;  ///< inputs
    std::ptrdiff_t src_step, dst_step;

    /// Outputs from one of a lattice to the next. A stride that a dilation follows makes lattices
    /// of one output.
    int spacing() const { return stride == 1 || dilation == 1 ? dilation : end - begin; }
    int lattices() const { return spacing() < end - begin ? spacing() : end - begin; }
    /// Input 0 of the lattice that begins at output `at`.
    int phase(int at) const { return start(at) - floor_div(start(at), dilation) * dilation; }
    Axis axis(int at) const {
        return {floor_div(start(at), dilation), (length - phase(at) + dilation - 1) / dilation,
                (end - at + spacing() - 1) / spacing(), dilation * src_step, spacing() * dst_step};
    }

  private:
    int start(int at) const { return at * stride - pad; }
};

/// Output rows [begin, end).
void rows(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t src_row = args.src_width * args.src_stride;
    const std::ptrdiff_t dst_row = args.dst_width * args.dst_stride;
    const Side rows{begin,           end,     args.stride_h, args.dilation_h, args.pad_top,
                    args.src_height, src_row, dst_row};
    const Side cols{0,
                    args.dst_width,
                    args.stride_w,
                    args.dilation_w,
                    args.pad_left,
                    args.src_width,
                    args.src_stride,
                    args.dst_stride};
    for (int y = begin; y < begin + rows.lattices(); ++y)
        for (int x = 0; x < cols.lattices(); ++x)
            channels({.x = cols.axis(x),
                      .y = rows.axis(y),
                      .src = args.src + rows.phase(y) * src_row + cols.phase(x) * args.src_stride,
                      .dst = args.dst + y * dst_row + x * args.dst_stride,
                      .weights = args.weights,
                      .padded = (args.out_channels + kPanel - 1) / kPanel * kPanel,
                      .bias = args.bias,
                      .mask = 0xffff,
                      .min = args.min,
                      .max = args.max,
                      .bounds = bounds_of(args.min, args.max)},
                     args);
}

}  // namespace

void depthwise_f32(const ConvF32& args, int begin, int end) {
    const std::ptrdiff_t row_bytes =
        std::ptrdiff_t{args.stride_h} * args.src_width * args.src_stride * 4;
    std::ptrdiff_t most = kBandBytes / (row_bytes > 0 ? row_bytes : 1);
    if (most < kBandRows * args.dilation_h) most = kBandRows * args.dilation_h;
    for (std::ptrdiff_t bands = (end - begin + most - 1) / most; bands > 0; --bands) {
        const int last = begin + static_cast<int>((end - begin + bands - 1) / bands);
        rows(args, begin, last);
        begin = last;
    }
}

}  // namespace tarsier::kernels::avx512
