// SPDX-License-Identifier: Apache-2.0
// Without dot products of bytes: the even rows of a group and the odd ones are multiplied and added
// as 16-bit numbers, exactly.
#include "simd/depthwise_i8.h"

#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

/// 16 channels in two vectors: of each eight channels the first has four and the second the
/// others, so that packing brings them together in order.
struct Sixteen {
    using Vector = __m256i;
    using Levels = __m128i;
    static constexpr int kChannels = 16;
    static constexpr bool kFewRegisters = true;

    struct Sum {
        Vector v[2];
    };
    /// Of each lane's four rows the first and third, the second and fourth.
    struct Column {
        Vector even[2], odd[2];
    };
    using Weight = Column;

    struct Scaling {
        Sum bias, shift;
        Vector multiplier, offset;
        __m128i fraction, low, high;

        Scaling(const ConvI8& args, int channel) : Scaling(args.requant, channel) {}
        Scaling(const RequantI8& requant, int channel)
            : bias(split(requant.bias + channel)),
              shift(split(requant.multipliers + channel)),
              offset(_mm256_set1_epi16(static_cast<short>((requant.zero_point << requant.fraction) +
                                                          ((1 << requant.fraction) >> 1)))),
              fraction(_mm_cvtsi32_si128(requant.fraction)),
              low(_mm_set1_epi8(static_cast<char>(requant.low))),
              high(_mm_set1_epi8(static_cast<char>(requant.high))) {
            const Vector factor = _mm256_set1_epi32(0xffff);
            multiplier = _mm256_packs_epi32(_mm256_and_si256(shift.v[0], factor),
                                            _mm256_and_si256(shift.v[1], factor));
            for (Vector& v : shift.v) v = _mm256_srli_epi32(v, 16);
        }

        [[gnu::always_inline]] Vector level(const Sum& sum) const {
            const Vector t = _mm256_packs_epi32(_mm256_srav_epi32(sum.v[0], shift.v[0]),
                                                _mm256_srav_epi32(sum.v[1], shift.v[1]));
            return _mm256_sra_epi16(_mm256_adds_epi16(_mm256_mulhrs_epi16(t, multiplier), offset),
                                    fraction);
        }
        [[gnu::always_inline]] void finish(const Sum& first, const Sum& second,
                                           Levels (&out)[2]) const {
            const Vector both =
                _mm256_permute4x64_epi64(_mm256_packus_epi16(level(first), level(second)), 0xd8);
            out[0] = clamp(_mm256_castsi256_si128(both), low, high);
            out[1] = clamp(_mm256_extracti128_si256(both, 1), low, high);
        }
    };

    static void column(const Rows& rows, Column& to) {
        Vector v[2];
        interleave(rows, v);
        const Vector low = _mm256_set1_epi16(0xff);
        to = {{_mm256_and_si256(v[0], low), _mm256_and_si256(v[1], low)},
              {_mm256_srli_epi16(v[0], 8), _mm256_srli_epi16(v[1], 8)}};
    }
    static Column padding(std::uint8_t level) {
        const Vector x = _mm256_set1_epi16(level);
        return {{x, x}, {x, x}};
    }
    static Weight weight(const Rows& rows) {
        Vector v[2];
        interleave(rows, v);
        return {{_mm256_srai_epi16(_mm256_slli_epi16(v[0], 8), 8),
                 _mm256_srai_epi16(_mm256_slli_epi16(v[1], 8), 8)},
                {_mm256_srai_epi16(v[0], 8), _mm256_srai_epi16(v[1], 8)}};
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        for (int i = 0; i < 2; ++i) {
            const Vector both = _mm256_add_epi32(_mm256_madd_epi16(x.even[i], w.even[i]),
                                                 _mm256_madd_epi16(x.odd[i], w.odd[i]));
            sum.v[i] = _mm256_add_epi32(sum.v[i], both);
            // Else the compiler multiplies everything first, and runs out of registers.
            asm("" : "+x"(sum.v[i]));
        }
    }
    static void store(std::uint8_t* p, Levels levels, int count) { store_first(p, levels, count); }

  private:
    static Sum split(const std::int32_t* p) {
        const auto* const v = reinterpret_cast<const Vector*>(p);
        const Vector a = _mm256_loadu_si256(v);
        const Vector b = _mm256_loadu_si256(v + 1);
        return {{_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)}};
    }
    static void interleave(const Rows& rows, Vector (&out)[2]) {
        const __m128i a = load_levels(rows.row[0]);
        const __m128i b = load_levels(rows.row[1]);
        const __m128i c = load_levels(rows.row[2]);
        const __m128i d = load_levels(rows.row[3]);
        const __m128i ab[2] = {_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b)};
        const __m128i cd[2] = {_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d)};
        out[0] =
            _mm256_set_m128i(_mm_unpacklo_epi16(ab[1], cd[1]), _mm_unpacklo_epi16(ab[0], cd[0]));
        out[1] =
            _mm256_set_m128i(_mm_unpackhi_epi16(ab[1], cd[1]), _mm_unpackhi_epi16(ab[0], cd[0]));
    }
};

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (!fits_blocks(args)) return scalar::depthwise_i8(args, begin, end);
    for (int channel = 0; channel < args.out_channels; channel += Sixteen::kChannels)
        block<Sixteen>(args, channel, begin, end);
}

}  // namespace tarsier::kernels::avx2
