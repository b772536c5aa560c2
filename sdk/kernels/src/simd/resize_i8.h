// SPDX-License-Identifier: Apache-2.0
// The resize of levels of every level of instructions. Rows of the source are resized along their
// width once, into 16-bit sums, and serve all output rows that lie between them.
#pragma once

#include "simd/blocks_i8.h"

namespace tarsier::kernels {
namespace scalar {
void resize_i8(const ResizeI8& args, int begin, int end);
}

namespace {

// A level of instructions brings a type V:
//   stretch(low, high, weight, out) writes low * 128 + (high - low) * weight of kBlock levels;
//   Weights(weight) of two rows;
//   between(upper, lower, weights) makes kBlock levels of two rows of sums;
//   store_first(p, levels, count).

constexpr std::ptrdiff_t kMaxRow = 8192;  ///< values of an output row

/// A source row along the output's width, 128 times its levels.
struct StretchedRow {
    int y = -1;
    alignas(32) std::uint16_t sums[kMaxRow + kBlock];
};

template <class V>
void stretch(const ResizeI8& args, int y, StretchedRow& row) {
    if (row.y == y) return;
    row.y = y;
    const std::uint8_t* const src = args.src + std::ptrdiff_t{y} * args.src_width * args.src_stride;
    std::uint16_t* out = row.sums;
    for (int x = 0; x < args.dst_width; ++x, out += args.channels) {
        const ResizeTapI8 tap = args.columns[x];
        const std::uint8_t* const low = src + tap.low * args.src_stride;
        const std::uint8_t* const high = src + tap.high * args.src_stride;
        if (args.channels < 4) {
            for (int c = 0; c < args.channels; ++c)
                out[c] = static_cast<std::uint16_t>(low[c] * 128 + (high[c] - low[c]) * tap.weight);
            continue;
        }
        // What lies behind the pixel's channels is overwritten by the next one.
        for (int c = 0; c < args.channels; c += kBlock)
            V::stretch(low + c, high + c, tap.weight, out + c);
    }
}

template <class V>
void resize_by(const ResizeI8& args, int begin, int end) {
    const std::ptrdiff_t values = std::ptrdiff_t{args.dst_width} * args.channels;
    if (values > kMaxRow) return scalar::resize_i8(args, begin, end);
    StretchedRow rows[2];
    const bool dense = args.dst_stride == args.channels;
    for (int y = begin; y < end; ++y) {
        const ResizeTapI8 tap = args.rows[y];
        // A row keeps its place, which depends on it alone: two neighbours have different ones.
        StretchedRow& upper = rows[tap.low & 1];
        StretchedRow& lower = tap.high == tap.low ? upper : rows[tap.high & 1];
        stretch<V>(args, tap.low, upper);
        stretch<V>(args, tap.high, lower);
        const typename V::Weights weights(tap.weight);
        std::uint8_t* const dst = args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride;
        for_runs(
            dense, args.channels, 0, args.dst_width, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
                const std::ptrdiff_t first = pixel * args.channels;
                for_blocks(n, [&](std::ptrdiff_t i, int count) {
                    V::store_first(
                        dst + pixel * args.dst_stride + i,
                        V::between(upper.sums + first + i, lower.sums + first + i, weights), count);
                });
            });
    }
}

}  // namespace
}  // namespace tarsier::kernels
