// SPDX-License-Identifier: Apache-2.0
// Without dot products of bytes: the upper two rows of a group and the lower two are multiplied and
// added as 16-bit numbers, exactly.
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
    /// Of each lane's four rows the first two and the last two.
    struct Column {
        Vector upper[2], lower[2];
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
        pairs(load_wide(rows.row[0]), load_wide(rows.row[1]), to.upper);
        pairs(load_wide(rows.row[2]), load_wide(rows.row[3]), to.lower);
    }
    static Column padding(std::uint8_t level) {
        const Vector x = _mm256_set1_epi16(level);
        return {{x, x}, {x, x}};
    }
    static Weight weight(const Rows& rows) {
        const auto load = [&](int i) { return _mm256_cvtepi8_epi16(load_levels(rows.row[i])); };
        Weight to;
        pairs(load(0), load(1), to.upper);
        pairs(load(2), load(3), to.lower);
        return to;
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        for (int i = 0; i < 2; ++i) {
            const Vector both = _mm256_add_epi32(_mm256_madd_epi16(x.upper[i], w.upper[i]),
                                                 _mm256_madd_epi16(x.lower[i], w.lower[i]));
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
    /// Sixteen channels of two rows, those of a channel together.
    static void pairs(Vector a, Vector b, Vector (&out)[2]) {
        out[0] = _mm256_unpacklo_epi16(a, b);
        out[1] = _mm256_unpackhi_epi16(a, b);
    }
};

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (!fits_blocks(args)) return scalar::depthwise_i8(args, begin, end);
    for (int channel = 0; channel < args.out_channels; channel += Sixteen::kChannels)
        block<Sixteen>(args, channel, begin, end);
}

}  // namespace tarsier::kernels::avx2
