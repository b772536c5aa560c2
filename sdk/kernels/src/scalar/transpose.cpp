// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::kernels::scalar {

void transpose_f32(const float* src, std::ptrdiff_t rows, std::ptrdiff_t columns, float* dst) {
    if (rows == 1 || columns == 1)
        return void(
            __builtin_memcpy(dst, src, static_cast<std::size_t>(rows * columns) * sizeof(float)));
    // Some columns at a time, so that both sides are read and written in order.
    constexpr std::ptrdiff_t kBlock = 16;
    for (std::ptrdiff_t first = 0; first < columns; first += kBlock)
        for (std::ptrdiff_t r = 0; r < rows; ++r)
            for (std::ptrdiff_t c = first; c < std::min(first + kBlock, columns); ++c)
                dst[c * rows + r] = src[r * columns + c];
}

}  // namespace tarsier::kernels::scalar
