// SPDX-License-Identifier: Apache-2.0
// Pooling over a level's vectors (simd/floats.h): first down the rows of a window, for many columns
// at once, then along its columns.
#pragma once

#include <tarsier/kernels/tensor.h>

#include "simd/floats.h"
#include "taps.h"

namespace tarsier::kernels {
namespace {

template <class V>
struct Largest {
    static auto add(typename V::Vector sum, typename V::Vector x) { return V::larger(sum, x); }
};
template <class V>
struct Sum {
    static auto add(typename V::Vector sum, typename V::Vector x) { return sum + x; }
};

// Floats of the columns that a span has.
constexpr int kSpanFloats = 4096;

/// `count` runs of floats, `step` apart, as one run.
template <class V, class Operation>
struct Fold {
    const float* in;
    std::ptrdiff_t step;
    int count;
    float* out;
    bool begins;   ///< else what `out` has already takes part
    float factor;  ///< of the result

    /// kVectors vectors from float i on: enough sums at once to hide their latency.
    template <int kVectors, class Lanes>
    void vectors(std::ptrdiff_t i, const Lanes& lanes) const {
        typename V::Vector sum[kVectors];
        const float* from = in + i;
        for (int v = 0; v < kVectors; ++v) sum[v] = lanes.load(from + v * V::kLanes);
        for (int k = 1; k < count; ++k) {
            from += step;
            for (int v = 0; v < kVectors; ++v)
                sum[v] = Operation::add(sum[v], lanes.load(from + v * V::kLanes));
        }
        for (int v = 0; v < kVectors; ++v) {
            float* const to = out + i + v * V::kLanes;
            if (!begins) sum[v] = Operation::add(sum[v], lanes.load(to));
            lanes.store(to, sum[v] * V::set(factor));
        }
    }

    void run(std::ptrdiff_t floats) const {
        constexpr int kVectors = 4;
        std::ptrdiff_t i = 0;
        for (; i + kVectors * V::kLanes <= floats; i += kVectors * V::kLanes)
            vectors<kVectors>(i, Whole<V>{});
        for_vectors<V>(floats - i, [&](std::ptrdiff_t rest, const auto& lanes) {
            vectors<1>(i + rest, lanes);
        });
    }
};

/// Some columns and channels of the rows that one row of windows meets.
struct PoolSpan {
    const PoolF32& args;
    const float* src;  ///< column 0 of the first row
    int rows;
    int channels;
    int first, last;  ///< columns
    float* buffer;    ///< [column][channel]

    /// Each column of all rows as one.
    template <class V, class Operation>
    void down() const {
        const std::ptrdiff_t row = args.src_width * args.src_stride;
        const int count = args.src_stride == channels ? last - first : 1;
        for (int x = first; x < last; x += count)
            Fold<V, Operation>{src + x * args.src_stride,
                               row,
                               rows,
                               buffer + std::ptrdiff_t{x - first} * channels,
                               true,
                               1}
                .run(std::ptrdiff_t{count} * channels);
    }

    /// A window all of whose columns the span has: most of them, and short.
    template <class V, class Operation, bool kScaled>
    void whole(Taps window, float factor, float* dst) const {
        const float* const in = buffer + std::ptrdiff_t{window.first - first} * channels;
        const int taps = window.last - window.first;
        for_vectors<V>(channels, [&](std::ptrdiff_t c, const auto& lanes) {
            const float* from = in + c;
            auto sum = lanes.load(from);
            for (int k = 1; k < taps; ++k) sum = Operation::add(sum, lanes.load(from += channels));
            if constexpr (kScaled) sum = sum * V::set(factor);
            lanes.store(dst + c, sum);
        });
    }

    /// Adds the columns that a window shares with the span to what it has from those before.
    template <class V, class Operation>
    void along(Taps window, float factor, float* dst) const {
        const int from = window.first > first ? window.first : first;
        const int to = window.last < last ? window.last : last;
        Fold<V, Operation>{buffer + std::ptrdiff_t{from - first} * channels,
                           channels,
                           to - from,
                           dst,
                           window.first >= first,
                           to == window.last ? factor : 1}
            .run(channels);
    }
};

/// The part of a window's axis that lies in the source, at output `at`.
[[maybe_unused]] Taps window_at(int at, int stride, int pad, int kernel, int length) {
    const int first = at * stride - pad;
    const int last = first + kernel;
    return {first > 0 ? first : 0, last < length ? last : length};
}

/// One row of windows in a span; `x` is the first of them that the spans before left unfinished.
template <class V, class Operation, bool kAverage>
void windows(const PoolSpan& span, int& x, float* dst) {
    const PoolF32& args = span.args;
    span.down<V, Operation>();
    for (int next = x; next < args.dst_width; ++next) {
        const Taps window =
            window_at(next, args.stride_w, args.pad_left, args.kernel_w, args.src_width);
        if (window.first >= span.last) return;
        float factor = 1;
        if constexpr (kAverage) {
            const int inside = span.rows * (window.last - window.first);
            const int taps = args.count_padding ? args.kernel_h * args.kernel_w : inside;
            factor /= static_cast<float>(taps);
        }
        if (window.first >= span.first && window.last <= span.last)
            span.whole<V, Operation, kAverage>(window, factor, dst + next * args.dst_stride);
        else
            span.along<V, Operation>(window, factor, dst + next * args.dst_stride);
        if (window.last <= span.last) x = next + 1;
    }
}

/// Output rows [begin, end).
template <class V, template <class> class Operation, bool kAverage>
void pool(const PoolF32& args, int begin, int end) {
    alignas(64) float buffer[kSpanFloats];
    for (int y = begin; y < end; ++y) {
        const Taps rows = window_at(y, args.stride_h, args.pad_top, args.kernel_h, args.src_height);
        const float* src = args.src + std::ptrdiff_t{rows.first} * args.src_width * args.src_stride;
        float* dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride;
        for (int c = 0; c < args.channels; c += kSpanFloats) {
            const int channels = args.channels - c < kSpanFloats ? args.channels - c : kSpanFloats;
            const int width = kSpanFloats / channels;
            for (int first = 0, x = 0; x < args.dst_width; first += width) {
                const int last = first + width < args.src_width ? first + width : args.src_width;
                windows<V, Operation<V>, kAverage>(
                    {args, src + c, rows.last - rows.first, channels, first, last, buffer}, x,
                    dst + c);
            }
        }
    }
}

}  // namespace
}  // namespace tarsier::kernels
