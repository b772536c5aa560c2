// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

// Source rows are stretched to the output's width once, then blended for every output row between
// them. A strip is as many output columns as fit into a buffer of this size.
constexpr int kBufferFloats = 4096;

struct Strip {
    const ResizeF32& args;
    int column;  ///< the first
    int columns;
    int channel;  ///< the first
    int channels;

    /// Source row `row` at the output's columns, dense in `out`.
    void stretch(int row, float* out) const {
        const float* src =
            args.src + std::ptrdiff_t{row} * args.src_width * args.src_stride + channel;
        const ResizeTap* taps = args.columns + column;
        for (int x = 0; x < columns; ++x, out += channels) {
            const float* low = src + taps[x].low * args.src_stride;
            const float* high = src + taps[x].high * args.src_stride;
            const float weight = taps[x].weight;
            int c = 0;
            for (; c + kLanes <= channels; c += kLanes)
                vst1q_f32(out + c,
                          lerp(vld1q_f32(low + c), vld1q_f32(high + c), vdupq_n_f32(weight)));
            for (; c < channels; ++c) out[c] = low[c] + (high[c] - low[c]) * weight;
        }
    }

    /// One output row of two stretched ones.
    void blend(const float* top, const float* bottom, float weight, float* dst) const {
        const float32x4_t w = vdupq_n_f32(weight);
        const bool dense = args.dst_stride == channels;
        const int run = dense ? columns * channels : channels;
        for (int x = 0; x < (dense ? 1 : columns); ++x) {
            int c = 0;
            for (; c + kLanes <= run; c += kLanes)
                vst1q_f32(dst + c, lerp(vld1q_f32(top + c), vld1q_f32(bottom + c), w));
            for (; c < run; ++c) dst[c] = top[c] + (bottom[c] - top[c]) * weight;
            top += run;
            bottom += run;
            dst += args.dst_stride;
        }
    }

    void rows(int begin, int end) const {
        alignas(16) float buffers[2][kBufferFloats];
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

}  // namespace tarsier::kernels::neon
