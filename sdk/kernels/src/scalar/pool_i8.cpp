// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

#include "requant_i8.h"

namespace tarsier::kernels::scalar {
namespace {

/// Calls visit(source level) for every pixel of the picture in the window at output (y, x).
template <class Visit>
void for_each_level(const PoolI8& args, int y, int x, int channel, const Visit& visit) {
    const int top = y * args.stride_h - args.pad_top;
    const int left = x * args.stride_w - args.pad_left;
    for (int sy = std::max(top, 0); sy < std::min(top + args.kernel_h, args.src_height); ++sy)
        for (int sx = std::max(left, 0); sx < std::min(left + args.kernel_w, args.src_width); ++sx)
            visit(args.src[(std::ptrdiff_t{sy} * args.src_width + sx) * args.src_stride + channel]);
}

/// Fills rows [begin, end) with value(y, x, channel).
template <class Value>
void fill(const PoolI8& args, int begin, int end, const Value& value) {
    for (int y = begin; y < end; ++y)
        for (int x = 0; x < args.dst_width; ++x)
            for (int channel = 0; channel < args.channels; ++channel)
                args.dst[(std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride + channel] =
                    value(y, x, channel);
}

}  // namespace

void max_pool_i8(const PoolI8& args, int begin, int end) {
    fill(args, begin, end, [&](int y, int x, int channel) {
        std::uint8_t largest = 0;
        for_each_level(args, y, x, channel,
                       [&](std::uint8_t level) { largest = std::max(largest, level); });
        return largest;
    });
}

void average_pool_i8(const PoolI8& args, int begin, int end) {
    fill(args, begin, end, [&](int y, int x, int channel) {
        std::int32_t sum = args.requant.bias[0];
        for_each_level(args, y, x, channel,
                       [&](std::uint8_t level) { sum += level - args.src_zero_point; });
        return requantize(args.requant, 0, sum);
    });
}

}  // namespace tarsier::kernels::scalar
