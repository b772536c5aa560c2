// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <cmath>

namespace tarsier::kernels::scalar {

void add_i8(const AddI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c) {
            const int sum = args.a[pixel * args.a_stride + c] * args.a_multiplier +
                            args.b[pixel * args.b_stride + c] * args.b_multiplier + args.offset;
            args.dst[pixel * args.dst_stride + c] =
                static_cast<std::uint8_t>(std::clamp(sum >> args.shift, args.low, args.high));
        }
}

void mul_i8(const MulI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c) {
            const int product = (args.a[pixel * args.a_stride + c] - args.a_zero_point) *
                                (args.b[pixel * args.b_stride + c] - args.b_zero_point);
            args.dst[pixel * args.dst_stride + c] = static_cast<std::uint8_t>(std::clamp(
                (product * args.multiplier + args.offset) >> args.shift, args.low, args.high));
        }
}

void lookup_i8(const LookupI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const std::uint8_t* const table = args.table;
    const int channels = args.channels;
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const std::uint8_t* const src = args.src + pixel * args.src_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        for (int c = 0; c < channels; ++c) dst[c] = table[src[c]];
    }
}

void softmax_i8(const SoftmaxI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const std::uint8_t* src = args.src + pixel * args.src_stride;
        const int shift = 255 - *std::max_element(src, src + args.channels);
        std::int64_t sum = 0;
        for (int c = 0; c < args.channels; ++c) sum += args.exponentials[src[c] + shift];
        for (int c = 0; c < args.channels; ++c) {
            const std::int64_t e = args.exponentials[src[c] + shift];
            args.dst[pixel * args.dst_stride + c] =
                static_cast<std::uint8_t>(std::min<std::int64_t>((512 * e + sum) / (2 * sum), 255));
        }
    }
}

void quantize_i8(const QuantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const auto low = static_cast<float>(-args.zero_point);
    const auto high = static_cast<float>(255 - args.zero_point);
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c) {
            float x = args.src[pixel * args.src_stride + c] * args.factor;
            x = x > low ? x : low;  // NaN too becomes low
            x = x < high ? x : high;
            args.dst[pixel * args.dst_stride + c] =
                static_cast<std::uint8_t>(static_cast<int>(std::nearbyint(x)) + args.zero_point);
        }
}

void dequantize_i8(const DequantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c)
            args.dst[pixel * args.dst_stride + c] =
                static_cast<float>(args.src[pixel * args.src_stride + c] - args.zero_point) *
                args.factor;
}

}  // namespace tarsier::kernels::scalar
