// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

// Source rows are stretched to the output's width once, then blended for every output row between
// them. A strip is as many output columns as fit into a buffer of this size.
constexpr int kBufferFloats = 4096;

__m256 lerp(__m256 low, __m256 high, __m256 weight) {
    return _mm256_fmadd_ps(_mm256_sub_ps(high, low), weight, low);
}

struct Strip {
    const ResizeF32& args;
    int column;  ///< the first
    int columns;
    int channel;  ///< the first
    int channels;

    /// Eight columns of a source row of one dense channel.
    void stretch_eight(const float* src, const ResizeTap* taps, float* out) const {
        // A tap is three words, gathered one by one.
        const auto* words = reinterpret_cast<const int*>(taps);
        const __m256i index = _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21);
        const __m256i low = _mm256_i32gather_epi32(words, index, 4);
        const __m256i high = _mm256_i32gather_epi32(words + 1, index, 4);
        const __m256 weight = _mm256_castsi256_ps(_mm256_i32gather_epi32(words + 2, index, 4));
        _mm256_storeu_ps(
            out, lerp(_mm256_i32gather_ps(src, low, 4), _mm256_i32gather_ps(src, high, 4), weight));
    }

    /// The channels of one column.
    void stretch_one(const float* src, const ResizeTap& tap, float* out) const {
        const float* low = src + tap.low * args.src_stride;
        const float* high = src + tap.high * args.src_stride;
        const __m256 weight = _mm256_set1_ps(tap.weight);
        int c = 0;
        for (; c + kLanes <= channels; c += kLanes)
            _mm256_storeu_ps(out + c,
                             lerp(_mm256_loadu_ps(low + c), _mm256_loadu_ps(high + c), weight));
        for (; c < channels; ++c) out[c] = low[c] + (high[c] - low[c]) * tap.weight;
    }

    /// Source row `row` at the output's columns, dense in `out`.
    void stretch(int row, float* out) const {
        const float* src =
            args.src + std::ptrdiff_t{row} * args.src_width * args.src_stride + channel;
        const ResizeTap* taps = args.columns + column;
        int x = 0;
        if (args.src_stride == 1)
            for (; x + kLanes <= columns; x += kLanes) stretch_eight(src, taps + x, out + x);
        for (; x < columns; ++x) stretch_one(src, taps[x], out + x * channels);
    }

    /// One output row of two stretched ones.
    void blend(const float* top, const float* bottom, float weight, float* dst) const {
        const __m256 w = _mm256_set1_ps(weight);
        const bool dense = args.dst_stride == channels;
        const int run = dense ? columns * channels : channels;
        for (int x = 0; x < (dense ? 1 : columns); ++x) {
            int c = 0;
            for (; c + kLanes <= run; c += kLanes)
                _mm256_storeu_ps(dst + c,
                                 lerp(_mm256_loadu_ps(top + c), _mm256_loadu_ps(bottom + c), w));
            for (; c < run; ++c) dst[c] = top[c] + (bottom[c] - top[c]) * weight;
            top += run;
            bottom += run;
            dst += args.dst_stride;
        }
    }

    void rows(int begin, int end) const {
        alignas(32) float buffers[2][kBufferFloats];
        float* top = buffers[0];
        float* bottom = buffers[1];
        int low = -1;
        int high = -1;
        for (int y = begin; y < end; ++y) {
            const ResizeTap& tap = args.rows[y];
            if (tap.low != low && tap.low == high) {  // one source row further
                float* const other = top;
                top = bottom;
                bottom = other;
                low = high;
                high = -1;
            }
            if (tap.low != low) stretch(tap.low, top);
            if (tap.high != high) stretch(tap.high, bottom);
            low = tap.low;
            high = tap.high;
            blend(top, bottom, tap.weight,
                  args.dst + (std::ptrdiff_t{y} * args.dst_width + column) * args.dst_stride +
                      channel);
        }
    }
};

static_assert(sizeof(ResizeTap) == 12);

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) {
    for (int channel = 0; channel < args.channels; channel += kBufferFloats) {
        const int left = args.channels - channel;
        const int channels = left < kBufferFloats ? left : kBufferFloats;
        const int width = kBufferFloats / channels;
        for (int column = 0; column < args.dst_width; column += width) {
            const int rest = args.dst_width - column;
            Strip{args, column, rest < width ? rest : width, channel, channels}.rows(begin, end);
        }
    }
}

}  // namespace tarsier::kernels::avx2
