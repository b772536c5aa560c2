// SPDX-License-Identifier: Apache-2.0
// Linear resizing over a level's vectors (simd/floats.h). Source rows are stretched to the output's
// width once, then blended for every output row between them.
#pragma once

#include <tarsier/kernels/tensor.h>

#include "simd/floats.h"

namespace tarsier::kernels {
namespace {

// A strip is as many output columns as fit into a buffer of this size.
constexpr int kStripFloats = 4096;

/// Some columns and channels of the output. V::stretch_plane(src, taps, columns, out) stretches a
/// row of one dense channel as far as the level can, and returns how far.
template <class V>
struct Strip {
    const ResizeF32& args;
    int column;  ///< the first
    int columns;
    int channel;  ///< the first
    int channels;

    /// dst = low + (high - low) * weight.
    static void lerp(const float* low, const float* high, float weight, float* dst,
                     std::ptrdiff_t count) {
        const auto w = V::set(weight);
        for_vectors<V>(count, [&](std::ptrdiff_t i, const auto& lanes) {
            const auto from = lanes.load(low + i);
            lanes.store(dst + i, from + (lanes.load(high + i) - from) * w);
        });
    }

    /// Source row `row` at the output's columns, dense in `out`.
    void stretch(int row, float* out) const {
        const float* src =
            args.src + std::ptrdiff_t{row} * args.src_width * args.src_stride + channel;
        const ResizeTap* taps = args.columns + column;
        int x =
            args.src_stride == 1 ? V::stretch_plane(src, args.src_width, taps, columns, out) : 0;
        for (; x < columns; ++x)
            lerp(src + taps[x].low * args.src_stride, src + taps[x].high * args.src_stride,
                 taps[x].weight, out + std::ptrdiff_t{x} * channels, channels);
    }

    /// One output row of two stretched ones.
    void blend(const float* top, const float* bottom, float weight, float* dst) const {
        const bool dense = args.dst_stride == channels;
        const std::ptrdiff_t run = std::ptrdiff_t{dense ? columns : 1} * channels;
        for (int x = 0; x < (dense ? 1 : columns); ++x)
            lerp(top + x * run, bottom + x * run, weight, dst + x * args.dst_stride, run);
    }

    void rows(int begin, int end) const {
        alignas(64) float buffers[2][kStripFloats];
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

/// Output rows [begin, end).
template <class V>
void resize(const ResizeF32& args, int begin, int end) {
    for (int channel = 0; channel < args.channels; channel += kStripFloats) {
        const int left = args.channels - channel;
        const int channels = left < kStripFloats ? left : kStripFloats;
        const int width = kStripFloats / channels;
        for (int column = 0; column < args.dst_width; column += width) {
            const int rest = args.dst_width - column;
            Strip<V>{args, column, rest < width ? rest : width, channel, channels}.rows(begin, end);
        }
    }
}

}  // namespace
}  // namespace tarsier::kernels
