// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {
namespace {

__m256 lerp(__m256 low, __m256 high, __m256 weight) {
    return _mm256_fmadd_ps(_mm256_sub_ps(high, low), weight, low);
}

/// One output row between two source rows.
struct Row {
    const ResizeF32& args;
    const float* top;
    const float* bottom;
    __m256 weight;
    float* dst;

    /// The channels of one pixel.
    void pixel(int x) const {
        const ResizeTap& column = args.columns[x];
        const std::ptrdiff_t left = column.low * args.src_stride;
        const std::ptrdiff_t right = column.high * args.src_stride;
        const __m256 across = _mm256_set1_ps(column.weight);
        float* out = dst + x * args.dst_stride;
        int c = 0;
        for (; c + kLanes <= args.channels; c += kLanes) {
            const __m256 a =
                lerp(_mm256_loadu_ps(top + left + c), _mm256_loadu_ps(top + right + c), across);
            const __m256 b = lerp(_mm256_loadu_ps(bottom + left + c),
                                  _mm256_loadu_ps(bottom + right + c), across);
            _mm256_storeu_ps(out + c, lerp(a, b, weight));
        }
        if (c == args.channels) return;
        const __m256i mask = first_lanes(args.channels - c);
        const __m256 a = lerp(_mm256_maskload_ps(top + left + c, mask),
                              _mm256_maskload_ps(top + right + c, mask), across);
        const __m256 b = lerp(_mm256_maskload_ps(bottom + left + c, mask),
                              _mm256_maskload_ps(bottom + right + c, mask), across);
        _mm256_maskstore_ps(out + c, mask, lerp(a, b, weight));
    }

    /// Eight pixels of one dense channel.
    void eight(int x) const {
        // The three words of a tap are gathered one by one.
        const auto* words = reinterpret_cast<const int*>(args.columns + x);
        const __m256i index = _mm256_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21);
        const __m256i low = _mm256_i32gather_epi32(words, index, 4);
        const __m256i high = _mm256_i32gather_epi32(words + 1, index, 4);
        const __m256 across = _mm256_castsi256_ps(_mm256_i32gather_epi32(words + 2, index, 4));
        const __m256 a =
            lerp(_mm256_i32gather_ps(top, low, 4), _mm256_i32gather_ps(top, high, 4), across);
        const __m256 b =
            lerp(_mm256_i32gather_ps(bottom, low, 4), _mm256_i32gather_ps(bottom, high, 4), across);
        _mm256_storeu_ps(dst + x, lerp(a, b, weight));
    }
};

static_assert(sizeof(ResizeTap) == 12);

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) {
    const bool plane = args.channels == 1 && args.src_stride == 1 && args.dst_stride == 1;
    const std::ptrdiff_t row_floats = args.src_width * args.src_stride;
    for (int y = begin; y < end; ++y) {
        const ResizeTap& tap = args.rows[y];
        const Row row{args, args.src + tap.low * row_floats, args.src + tap.high * row_floats,
                      _mm256_set1_ps(tap.weight),
                      args.dst + std::ptrdiff_t{y} * args.dst_width * args.dst_stride};
        int x = 0;
        for (; plane && x + kLanes <= args.dst_width; x += kLanes) row.eight(x);
        for (; x < args.dst_width; ++x) row.pixel(x);
    }
}

}  // namespace tarsier::kernels::avx2
