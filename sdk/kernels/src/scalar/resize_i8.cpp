// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {

void resize_i8(const ResizeI8& args, int begin, int end) {
    const std::ptrdiff_t stride = args.src_stride;
    for (int y = begin; y < end; ++y) {
        const ResizeTapI8 row = args.rows[y];
        const std::uint8_t* upper = args.src + std::ptrdiff_t{row.low} * args.src_width * stride;
        const std::uint8_t* lower = args.src + std::ptrdiff_t{row.high} * args.src_width * stride;
        for (int x = 0; x < args.dst_width; ++x) {
            const ResizeTapI8 column = args.columns[x];
            const std::ptrdiff_t low = column.low * stride;
            const std::ptrdiff_t high = column.high * stride;
            std::uint8_t* dst =
                args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int c = 0; c < args.channels; ++c) {
                const int above =
                    upper[low + c] * (128 - column.weight) + upper[high + c] * column.weight;
                const int below =
                    lower[low + c] * (128 - column.weight) + lower[high + c] * column.weight;
                dst[c] = static_cast<std::uint8_t>(
                    (above * (128 - row.weight) + below * row.weight + (1 << 13)) >> 14);
            }
        }
    }
}

}  // namespace tarsier::kernels::scalar
