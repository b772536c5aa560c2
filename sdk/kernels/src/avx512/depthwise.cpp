// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "taps.h"
#include "vector.h"

namespace tarsier::kernels::avx512 {
namespace {

alignas(64) constexpr float kZeros[kLanes] = {};

/// Channels of a vector. Half vectors serve the tails of at most 8 channels.
struct Whole {
    using Vector = __m512;
    static constexpr int kCount = 16;
    static Vector load(const float* p, __mmask16) { return _mm512_loadu_ps(p); }
    static Vector constant(const float* p) { return _mm512_loadu_ps(p); }
    static Vector set(float x) { return _mm512_set1_ps(x); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
    static Vector clamp(Vector x, Vector min, Vector max) {
        return _mm512_min_ps(_mm512_max_ps(x, min), max);
    }
    static void store(float* p, __mmask16, Vector x) { _mm512_storeu_ps(p, x); }
};

struct Masked : Whole {
    static Vector load(const float* p, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, p); }
    static void store(float* p, __mmask16 mask, Vector x) { _mm512_mask_storeu_ps(p, mask, x); }
};

struct Half {
    using Vector = __m256;
    static constexpr int kCount = 8;
    static Vector load(const float* p, __mmask16 mask) {
        return _mm256_maskz_loadu_ps(static_cast<__mmask8>(mask), p);
    }
    static Vector constant(const float* p) { return _mm256_loadu_ps(p); }
    static Vector set(float x) { return _mm256_set1_ps(x); }
    static Vector fma(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
    static Vector clamp(Vector x, Vector min, Vector max) {
        return _mm256_min_ps(_mm256_max_ps(x, min), max);
    }
    static void store(float* p, __mmask16 mask, Vector x) {
        _mm256_mask_storeu_ps(p, static_cast<__mmask8>(mask), x);
    }
};

/// One vector of channels along a line of pixels that share their inputs: the outputs of a row, or
/// with a dilation every so-many-th of them, so that the taps of the kernel are neighbours.
struct Line {
    const float* src;         ///< of the first output, at the first tap inside the picture's rows
    std::ptrdiff_t src_step;  ///< from input to input
    std::ptrdiff_t src_row;   ///< from one row of taps to the next
    float* dst;
    std::ptrdiff_t dst_step;
    const float* weights;
    std::ptrdiff_t weights_column;
    std::ptrdiff_t weights_row;
    const float* bias;
    int rows;     ///< of taps
    int columns;  ///< of taps
    int first;    ///< index of the first output's first input
    int inputs;   ///< indices 0 to inputs - 1 lie in the picture
    int outputs;
    __mmask16 mask;
    float min, max;
};

/// kPixels outputs from output `pixel` on. Every input and weight is loaded once. With kEdge some
/// inputs lie outside the picture.
template <class V, int kPixels, int kColumns, int kStride, bool kEdge>
void tile(const Line& line, int pixel) {
    constexpr int kInputs = (kPixels - 1) * kStride + kColumns;
    const int first = line.first + pixel * kStride;
    const float* in_row = line.src + std::ptrdiff_t{pixel} * kStride * line.src_step;
    const float* weights = line.weights;
    typename V::Vector sum[kPixels];
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p) sum[p] = V::constant(line.bias);
    for (int row = 0; row < line.rows; ++row) {
        typename V::Vector w[kColumns];
#pragma GCC unroll 5
        for (int c = 0; c < kColumns; ++c) w[c] = V::constant(weights + c * line.weights_column);
        const float* in = in_row;
#pragma GCC unroll 40
        for (int i = 0; i < kInputs; ++i) {
            const bool outside =
                kEdge && static_cast<unsigned>(first + i) >= static_cast<unsigned>(line.inputs);
            const typename V::Vector value = V::load(outside ? kZeros : in, line.mask);
            in += line.src_step;
#pragma GCC unroll 5
            for (int c = 0; c < kColumns; ++c) {
                const int offset = i - c;
                if (offset >= 0 && offset % kStride == 0 && offset / kStride < kPixels)
                    sum[offset / kStride] = V::fma(value, w[c], sum[offset / kStride]);
            }
        }
        in_row += line.src_row;
        weights += line.weights_row;
    }
    float* out = line.dst + pixel * line.dst_step;
    const typename V::Vector min = V::set(line.min);
    const typename V::Vector max = V::set(line.max);
#pragma GCC unroll 16
    for (int p = 0; p < kPixels; ++p)
        V::store(out + p * line.dst_step, line.mask, V::clamp(sum[p], min, max));
}

/// One output of any kernel.
template <class V>
void one(const Line& line, int pixel, int stride) {
    const int first = line.first + pixel * stride;
    typename V::Vector sum = V::constant(line.bias);
    for (int row = 0; row < line.rows; ++row)
        for (int c = 0; c < line.columns; ++c) {
            if (first + c < 0 || first + c >= line.inputs) continue;
            const float* in = line.src + row * line.src_row + (pixel * stride + c) * line.src_step;
            sum = V::fma(
                V::load(in, line.mask),
                V::constant(line.weights + row * line.weights_row + c * line.weights_column), sum);
        }
    V::store(line.dst + pixel * line.dst_step, line.mask,
             V::clamp(sum, V::set(line.min), V::set(line.max)));
}

/// All outputs in tiles of kPixels, of which the last begins early enough to be whole.
template <class V, int kPixels, int kColumns, int kStride>
void tiles(const Line& line) {
    constexpr int kInputs = (kPixels - 1) * kStride + kColumns;
    for (int pixel = 0; pixel < line.outputs; pixel += kPixels) {
        if (pixel + kPixels > line.outputs) pixel = line.outputs - kPixels;
        const int first = line.first + pixel * kStride;
        if (first < 0 || first + kInputs > line.inputs)
            tile<V, kPixels, kColumns, kStride, true>(line, pixel);
        else
            tile<V, kPixels, kColumns, kStride, false>(line, pixel);
    }
}

/// Tiles of the length that wastes least.
template <class V, int kColumns, int kStride>
void line_of(const Line& line) {
    const int count = (line.outputs + 9) / 10;
    const int even = count > 0 ? (line.outputs + count - 1) / count : 0;
    if (line.outputs >= 10 && even > 8)
        tiles<V, 10, kColumns, kStride>(line);
    else if (line.outputs >= 8 && even > 7)
        tiles<V, 8, kColumns, kStride>(line);
    else if (line.outputs >= 7 && even > 5)
        tiles<V, 7, kColumns, kStride>(line);
    else if (line.outputs >= 4)
        tiles<V, 4, kColumns, kStride>(line);
    else if (line.outputs >= 2)
        tiles<V, 2, kColumns, kStride>(line);
    else
        tiles<V, 1, kColumns, kStride>(line);
}

/// The kernels of the networks are unrolled.
template <class V>
void any_line(const Line& line, int stride) {
    if (line.columns == 3 && stride == 1) return line_of<V, 3, 1>(line);
    if (line.columns == 3 && stride == 2) return line_of<V, 3, 2>(line);
    if (line.columns == 5 && stride == 1) return line_of<V, 5, 1>(line);
    if (line.columns == 5 && stride == 2) return line_of<V, 5, 2>(line);
    for (int pixel = 0; pixel < line.outputs; ++pixel) one<V>(line, pixel, stride);
}

/// Vectors of channels, one after the other.
void channels(Line line, int count, int stride) {
    for (; count > 0; count -= kLanes) {
        line.mask = first_lanes(count);
        if (count >= kLanes)
            any_line<Whole>(line, stride);
        else if (count > Half::kCount)
            any_line<Masked>(line, stride);
        else
            any_line<Half>(line, stride);
        line.src += kLanes;
        line.dst += kLanes;
        line.weights += kLanes;
        line.bias += kLanes;
    }
}

/// Floor of a / b, b > 0.
int floor_div(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// Output row y. Outputs whose windows begin at the same remainder of the dilation form a line: in
/// its own coordinates, which count every dilation-th input, it has none.
void row(const ConvF32& args, int y) {
    const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
    const int top = y * args.stride_h - args.pad_top;
    const Taps taps = taps_at(top, args.kernel_h, args.dilation_h, args.src_height);
    const std::ptrdiff_t src_row = args.src_width * args.src_stride;
    const float* const src = args.src + (top + taps.first * args.dilation_h) * src_row;
    float* const dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride;
    const int dilation = args.dilation_w;
    // With a stride, every output is a line of its own unless there is no dilation.
    const int lines = args.stride_w == 1 || dilation == 1 ? dilation : args.dst_width;
    for (int x = 0; x < lines && x < args.dst_width; ++x) {
        const int left = x * args.stride_w - args.pad_left;
        const int first = floor_div(left, dilation);
        const int phase = left - first * dilation;
        Line line{.src = src + left * args.src_stride,
                  .src_step = dilation * args.src_stride,
                  .src_row = args.dilation_h * src_row,
                  .dst = dst + x * args.dst_stride,
                  .dst_step = lines * args.dst_stride,
                  .weights = args.weights + taps.first * args.kernel_w * padded,
                  .weights_column = padded,
                  .weights_row = args.kernel_w * padded,
                  .bias = args.bias,
                  .rows = taps.last - taps.first,
                  .columns = args.kernel_w,
                  .first = first,
                  .inputs = (args.src_width - phase + dilation - 1) / dilation,
                  .outputs = (args.dst_width - x + lines - 1) / lines,
                  .mask = 0xffff,
                  .min = args.min,
                  .max = args.max};
        channels(line, args.out_channels, args.stride_w);
    }
}

}  // namespace

void depthwise_f32(const ConvF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y) row(args, y);
}

}  // namespace tarsier::kernels::avx512
