// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::avx2 {
namespace {

constexpr std::ptrdiff_t kSide = 4;  ///< of the squares that are turned at once

void square(const float* src, std::ptrdiff_t src_step, float* dst, std::ptrdiff_t dst_step) {
    __m128 row[kSide];
    for (int i = 0; i < kSide; ++i) row[i] = _mm_loadu_ps(src + i * src_step);
    _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
    for (int i = 0; i < kSide; ++i) _mm_storeu_ps(dst + i * dst_step, row[i]);
}

/// Four columns of two rows, and of three.
void interleave(const float* a, const float* b, float* dst) {
    const __m128 x = _mm_loadu_ps(a);
    const __m128 y = _mm_loadu_ps(b);
    _mm_storeu_ps(dst, _mm_unpacklo_ps(x, y));
    _mm_storeu_ps(dst + 4, _mm_unpackhi_ps(x, y));
}
void interleave(const float* a, const float* b, const float* c, float* dst) {
    const __m128 x = _mm_loadu_ps(a);
    const __m128 y = _mm_loadu_ps(b);
    const __m128 z = _mm_loadu_ps(c);
    const auto outer = [](__m128 low, __m128 high) {  // 0 and 2 of each
        return _mm_shuffle_ps(low, high, _MM_SHUFFLE(2, 0, 2, 0));
    };
    const __m128 z0x1 = _mm_shuffle_ps(z, x, _MM_SHUFFLE(1, 1, 0, 0));
    const __m128 y1z1 = _mm_shuffle_ps(y, z, _MM_SHUFFLE(1, 1, 1, 1));
    const __m128 z2x3 = _mm_shuffle_ps(z, x, _MM_SHUFFLE(3, 3, 2, 2));
    const __m128 y3z3 = _mm_shuffle_ps(y, z, _MM_SHUFFLE(3, 3, 3, 3));
    _mm_storeu_ps(dst, _mm_shuffle_ps(_mm_unpacklo_ps(x, y), z0x1, _MM_SHUFFLE(2, 0, 1, 0)));
    _mm_storeu_ps(dst + 4, _mm_shuffle_ps(y1z1, _mm_unpackhi_ps(x, y), _MM_SHUFFLE(1, 0, 2, 0)));
    _mm_storeu_ps(dst + 8, outer(z2x3, y3z3));
}

void plain(const float* src, std::ptrdiff_t rows, std::ptrdiff_t columns, std::ptrdiff_t first,
           float* dst) {
    for (std::ptrdiff_t c = first; c < columns; ++c)
        for (std::ptrdiff_t r = 0; r < rows; ++r) dst[c * rows + r] = src[r * columns + c];
}

}  // namespace

void transpose_f32(const float* src, std::ptrdiff_t rows, std::ptrdiff_t columns, float* dst) {
    if (rows == 1 || columns == 1)
        return void(
            __builtin_memcpy(dst, src, static_cast<std::size_t>(rows * columns) * sizeof(float)));
    if (columns < kSide) return plain(src, rows, columns, 0, dst);
    if (rows < kSide) {
        std::ptrdiff_t c = 0;
        for (; c + kSide <= columns; c += kSide)
            if (rows == 2)
                interleave(src + c, src + columns + c, dst + 2 * c);
            else
                interleave(src + c, src + columns + c, src + 2 * columns + c, dst + 3 * c);
        return plain(src, rows, columns, c, dst);
    }
    // The last squares begin early enough to be whole.
    for (std::ptrdiff_t c = 0; c < columns; c += kSide) {
        if (c + kSide > columns) c = columns - kSide;
        for (std::ptrdiff_t r = 0; r < rows; r += kSide) {
            if (r + kSide > rows) r = rows - kSide;
            square(src + r * columns + c, columns, dst + c * rows + r, rows);
        }
    }
}

}  // namespace tarsier::kernels::avx2
