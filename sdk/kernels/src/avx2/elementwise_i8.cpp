// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

/// (x + offset) >> shift of 32-bit numbers, as levels within the bounds. The numbers lie as
/// unpacking sixteen 16-bit ones leaves them.
struct Rounding {
    __m256i offset;
    __m128i shift, low, high;

    template <class Args>
    explicit Rounding(const Args& args)
        : offset(_mm256_set1_epi32(args.offset)),
          shift(_mm_cvtsi32_si128(args.shift)),
          low(_mm_set1_epi8(static_cast<char>(args.low))),
          high(_mm_set1_epi8(static_cast<char>(args.high))) {}

    __m128i levels(__m256i first, __m256i second) const {
        const __m256i a = _mm256_sra_epi32(_mm256_add_epi32(first, offset), shift);
        const __m256i b = _mm256_sra_epi32(_mm256_add_epi32(second, offset), shift);
        return clamp(narrow(_mm256_packs_epi32(a, b)), low, high);
    }
};

/// A kernel on two tensors: dst = level(a, b), sixteen levels at a time.
template <class Args, class Level>
void binary(const Args& args, std::ptrdiff_t begin, std::ptrdiff_t end, const Level& level) {
    const bool dense = args.a_stride == args.channels && args.b_stride == args.channels &&
                       args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const a = args.a + pixel * args.a_stride;
        const std::uint8_t* const b = args.b + pixel * args.b_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        for_blocks(n, [&](std::ptrdiff_t i, int count) {
            store_first(dst + i, level(load_wide(a + i), load_wide(b + i)), count);
        });
    });
}

}  // namespace

void add_i8(const AddI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Rounding rounding(args);
    const __m256i multipliers = _mm256_set1_epi32(args.b_multiplier << 16 | args.a_multiplier);
    binary(args, begin, end, [&](__m256i a, __m256i b) {
        return rounding.levels(_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), multipliers),
                               _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), multipliers));
    });
}

void mul_i8(const MulI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Rounding rounding(args);
    const __m256i multiplier = _mm256_set1_epi32(args.multiplier);
    const __m256i a_zero = _mm256_set1_epi16(static_cast<short>(args.a_zero_point));
    const __m256i b_zero = _mm256_set1_epi16(static_cast<short>(args.b_zero_point));
    binary(args, begin, end, [&](__m256i a, __m256i b) {
        const __m256i x = _mm256_sub_epi16(a, a_zero);
        const __m256i y = _mm256_sub_epi16(b, b_zero);
        const __m256i low = _mm256_mullo_epi16(x, y);
        const __m256i high = _mm256_mulhi_epi16(x, y);
        return rounding.levels(_mm256_mullo_epi32(_mm256_unpacklo_epi16(low, high), multiplier),
                               _mm256_mullo_epi32(_mm256_unpackhi_epi16(low, high), multiplier));
    });
}

void quantize_i8(const QuantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const __m256 factor = _mm256_set1_ps(args.factor);
    const __m256 low = _mm256_set1_ps(static_cast<float>(-args.zero_point));
    const __m256 high = _mm256_set1_ps(static_cast<float>(255 - args.zero_point));
    const __m128i zero_point = _mm_set1_epi16(static_cast<short>(args.zero_point));
    // max gives its second operand where the first is NaN.
    const auto rounded = [&](__m256 x) {
        return _mm256_cvtps_epi32(
            _mm256_min_ps(_mm256_max_ps(_mm256_mul_ps(x, factor), low), high));
    };
    const auto eight = [&](const float* p) {
        const __m256i x = rounded(_mm256_loadu_ps(p));
        const __m128i y =
            _mm_packs_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
        return _mm_add_epi16(y, zero_point);
    };
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const float* const src = args.src + pixel * args.src_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        std::ptrdiff_t i = 0;
        for (; i + kBlock <= n; i += kBlock)
            store_levels(dst + i, _mm_packus_epi16(eight(src + i), eight(src + i + 8)));
        if (i == n) return;
        alignas(32) float rest[kBlock] = {};
        for (std::ptrdiff_t k = i; k < n; ++k) rest[k - i] = src[k];
        store_first(dst + i, _mm_packus_epi16(eight(rest), eight(rest + 8)),
                    static_cast<int>(n - i));
    });
}

void dequantize_i8(const DequantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const __m256 factor = _mm256_set1_ps(args.factor);
    const __m256i zero_point = _mm256_set1_epi32(args.zero_point);
    const auto eight = [&](__m128i levels) {
        return _mm256_mul_ps(
            _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_cvtepu8_epi32(levels), zero_point)), factor);
    };
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const src = args.src + pixel * args.src_stride;
        float* const dst = args.dst + pixel * args.dst_stride;
        std::ptrdiff_t i = 0;
        for (; i + kBlock <= n; i += kBlock) {
            const __m128i x = load_levels(src + i);
            _mm256_storeu_ps(dst + i, eight(x));
            _mm256_storeu_ps(dst + i + 8, eight(_mm_unpackhi_epi64(x, x)));
        }
        for (; i < n; ++i) dst[i] = static_cast<float>(src[i] - args.zero_point) * args.factor;
    });
}

}  // namespace tarsier::kernels::avx2
