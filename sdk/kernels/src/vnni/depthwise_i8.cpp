// SPDX-License-Identifier: Apache-2.0
#include "simd/depthwise_i8.h"

#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::vnni {
namespace {

// The lanes of the two vectors that hold a block of channels: of each eight channels the first has
// four and the second the others, so that packing brings them together in order.

/// The scaling of a block, with the operations of Wide or Narrow.
template <class V>
struct BlockScaling {
    using Vector = typename V::Vector;
    using Two = typename V::Two;
    Two bias, shift;
    Vector multiplier, offset, low, high;
    __m128i fraction;

    BlockScaling(const ConvI8& args, int channel) {
        const RequantI8& requant = args.requant;
        const Rounding rounding(requant);
        bias = V::split(requant.bias + channel);
        const Two both = V::split(requant.multipliers + channel);
        for (int i = 0; i < 2; ++i) shift.v[i] = V::high_half(both.v[i]);
        multiplier = V::pack(V::low_half(both.v[0]), V::low_half(both.v[1]));
        offset = V::set1_16(rounding.offset);
        low = V::set1(static_cast<std::uint8_t>(rounding.low));
        high = V::set1(static_cast<std::uint8_t>(rounding.high));
        fraction = rounding.fraction;
    }

    [[gnu::always_inline]] Vector level(const Two& sum) const {
        return scaled(V::pack(V::shift(sum.v[0], shift.v[0]), V::shift(sum.v[1], shift.v[1])),
                      multiplier, offset, fraction);
    }
    [[gnu::always_inline]] void finish(const Two& first, const Two& second,
                                       typename V::Levels (&out)[2]) const {
        V::unpack(level(first), level(second), low, high, out);
    }
};

/// 32 channels in two vectors.
struct Wide {
    using Vector = __m512i;
    using Levels = __m256i;
    struct Two {
        Vector v[2];
    };
    using Column = Two;
    using Weight = Two;
    using Sum = Two;
    using Scaling = BlockScaling<Wide>;
    static constexpr int kChannels = 32;

    static Vector set1(std::uint8_t x) { return _mm512_set1_epi8(static_cast<char>(x)); }
    static void column(const Rows& rows, Column& to) { to = weight(rows); }
    static Weight weight(const Rows& rows) {
        const Vector pairs = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
        Vector half[2];
        for (int i = 0; i < 2; ++i)
            half[i] =
                _mm512_permutex2var_epi64(_mm512_castsi256_si512(levels(rows.row[2 * i])), pairs,
                                          _mm512_castsi256_si512(levels(rows.row[2 * i + 1])));
        const Vector order = _mm512_broadcast_i32x4(
            _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        const __m512 a = _mm512_castsi512_ps(half[0]);
        const __m512 b = _mm512_castsi512_ps(half[1]);
        return {{_mm512_shuffle_epi8(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0x88)), order),
                 _mm512_shuffle_epi8(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0xdd)), order)}};
    }
    static Column padding(std::uint8_t level) { return {{set1(level), set1(level)}}; }
    /// 32 numbers of as many channels.
    static Two split(const std::int32_t* p) {
        const Vector a = _mm512_loadu_si512(p);
        const Vector b = _mm512_loadu_si512(p + 16);
        return {{_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xdd)}};
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        sum.v[0] = _mm512_dpbusd_epi32(sum.v[0], x.v[0], w.v[0]);
        sum.v[1] = _mm512_dpbusd_epi32(sum.v[1], x.v[1], w.v[1]);
    }
    static void store(std::uint8_t* p, Levels levels, int count) { store_first(p, levels, count); }
    static Vector pack(Vector a, Vector b) { return _mm512_packs_epi32(a, b); }
    static Vector shift(Vector x, Vector by) { return _mm512_srav_epi32(x, by); }
    static Vector high_half(Vector x) { return _mm512_srli_epi32(x, 16); }
    static Vector low_half(Vector x) { return _mm512_and_si512(x, _mm512_set1_epi32(0xffff)); }
    static Vector set1_16(short x) { return _mm512_set1_epi16(x); }
    /// The levels of two pixels within the bounds.
    static void unpack(Vector a, Vector b, Vector low, Vector high, Levels (&out)[2]) {
        const Vector both = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(a, b), low), high);
        const Vector pixels =
            _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), both);
        out[0] = _mm512_castsi512_si256(pixels);
        out[1] = _mm512_extracti64x4_epi64(pixels, 1);
    }

  private:
    static __m256i levels(const std::uint8_t* p) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    }
};

/// 16 channels in two vectors.
struct Narrow {
    using Vector = __m256i;
    using Levels = __m128i;
    struct Two {
        Vector v[2];
    };
    using Column = Two;
    using Weight = Two;
    using Sum = Two;
    using Scaling = BlockScaling<Narrow>;
    static constexpr int kChannels = 16;

    static Vector set1(std::uint8_t x) { return _mm256_set1_epi8(static_cast<char>(x)); }
    static void column(const Rows& rows, Column& to) { to = weight(rows); }
    static Weight weight(const Rows& rows) {
        const Vector pairs = _mm256_setr_epi64x(0, 4, 1, 5);
        Vector half[2];
        for (int i = 0; i < 2; ++i)
            half[i] =
                _mm256_permutex2var_epi64(_mm256_castsi128_si256(levels(rows.row[2 * i])), pairs,
                                          _mm256_castsi128_si256(levels(rows.row[2 * i + 1])));
        const Vector order = _mm256_broadcastsi128_si256(
            _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        const __m256 a = _mm256_castsi256_ps(half[0]);
        const __m256 b = _mm256_castsi256_ps(half[1]);
        return {{_mm256_shuffle_epi8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), order),
                 _mm256_shuffle_epi8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd)), order)}};
    }
    static Column padding(std::uint8_t level) { return {{set1(level), set1(level)}}; }
    static Two split(const std::int32_t* p) {
        const auto* const v = reinterpret_cast<const Vector*>(p);
        const Vector a = _mm256_loadu_si256(v);
        const Vector b = _mm256_loadu_si256(v + 1);
        return {{_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)}};
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        sum.v[0] = _mm256_dpbusd_epi32(sum.v[0], x.v[0], w.v[0]);
        sum.v[1] = _mm256_dpbusd_epi32(sum.v[1], x.v[1], w.v[1]);
    }
    static void store(std::uint8_t* p, Levels levels, int count) { store_first(p, levels, count); }
    static Vector pack(Vector a, Vector b) { return _mm256_packs_epi32(a, b); }
    static Vector shift(Vector x, Vector by) { return _mm256_srav_epi32(x, by); }
    static Vector high_half(Vector x) { return _mm256_srli_epi32(x, 16); }
    static Vector low_half(Vector x) { return _mm256_and_si256(x, _mm256_set1_epi32(0xffff)); }
    static Vector set1_16(short x) { return _mm256_set1_epi16(x); }
    static void unpack(Vector a, Vector b, Vector low, Vector high, Levels (&out)[2]) {
        const Vector both = _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(a, b), low), high);
        const Vector pixels = _mm256_permute4x64_epi64(both, 0xd8);
        out[0] = _mm256_castsi256_si128(pixels);
        out[1] = _mm256_extracti128_si256(pixels, 1);
    }

  private:
    static __m128i levels(const std::uint8_t* p) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    }
};

/// 16 channels in one vector: the weights of a 5x5 window for both output rows of a pair fit into
/// registers.
struct Single {
    using Levels = __m128i;
    struct Sum {
        __m512i v;
    };
    using Column = Sum;
    using Weight = Sum;
    static constexpr int kChannels = 16;

    struct Scaling {
        Sum bias;
        __m512i shift, multiplier, offset;
        __m256i low, high;
        __m128i fraction;

        Scaling(const ConvI8& args, int channel) {
            const RequantI8& requant = args.requant;
            const Rounding rounding(requant);
            bias.v = _mm512_loadu_si512(requant.bias + channel);
            const __m512i both = _mm512_loadu_si512(requant.multipliers + channel);
            shift = _mm512_srli_epi32(both, 16);
            const __m512i factor = _mm512_and_si512(both, _mm512_set1_epi32(0xffff));
            multiplier = _mm512_packs_epi32(factor, factor);
            offset = _mm512_set1_epi16(rounding.offset);
            low = _mm256_set1_epi8(rounding.low);
            high = _mm256_set1_epi8(rounding.high);
            fraction = rounding.fraction;
        }

        [[gnu::always_inline]] void finish(const Sum& first, const Sum& second,
                                           Levels (&out)[2]) const {
            const __m512i t = _mm512_packs_epi32(_mm512_srav_epi32(first.v, shift),
                                                 _mm512_srav_epi32(second.v, shift));
            const __m512i v = scaled(t, multiplier, offset, fraction);
            // Of each lane's levels the first four are of `first`, the next of `second`.
            const __m512i order =
                _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            const __m256i both =
                _mm512_castsi512_si256(_mm512_permutexvar_epi32(order, _mm512_packus_epi16(v, v)));
            const __m256i held = _mm256_min_epu8(_mm256_max_epu8(both, low), high);
            out[0] = _mm256_castsi256_si128(held);
            out[1] = _mm256_extracti128_si256(held, 1);
        }
    };

    static void column(const Rows& rows, Column& to) { to = weight(rows); }
    static Weight weight(const Rows& rows) {
        const __m256i upper = _mm256_inserti128_si256(_mm256_castsi128_si256(levels(rows.row[0])),
                                                      levels(rows.row[1]), 1);
        const __m256i lower = _mm256_inserti128_si256(_mm256_castsi128_si256(levels(rows.row[2])),
                                                      levels(rows.row[3]), 1);
        const __m512i all = _mm512_inserti64x4(_mm512_castsi256_si512(upper), lower, 1);
        // Four channels of all rows to a lane, then the rows of each channel together.
        const __m512i fours =
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        const __m512i order = _mm512_broadcast_i32x4(
            _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
        return {_mm512_shuffle_epi8(_mm512_permutexvar_epi32(fours, all), order)};
    }
    static Column padding(std::uint8_t level) {
        return {_mm512_set1_epi8(static_cast<char>(level))};
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        sum.v = _mm512_dpbusd_epi32(sum.v, x.v, w.v);
    }
    static void store(std::uint8_t* p, Levels levels, int count) { store_first(p, levels, count); }

  private:
    static __m128i levels(const std::uint8_t* p) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    }
};

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (!fits_blocks(args)) return scalar::depthwise_i8(args, begin, end);
    int channel = 0;
    if (args.kernel_h > 3 && args.stride_h == 1)
        for (; channel < args.out_channels; channel += Single::kChannels)
            block<Single>(args, channel, begin, end);
    for (; channel + Narrow::kChannels < args.out_channels; channel += Wide::kChannels)
        block<Wide>(args, channel, begin, end);
    if (channel < args.out_channels) block<Narrow>(args, channel, begin, end);
}

}  // namespace tarsier::kernels::vnni
