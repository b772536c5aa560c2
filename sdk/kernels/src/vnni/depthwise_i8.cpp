// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution by dot products over the rows of a window: the four bytes of a lane are
// one channel at four rows of a column. Columns are laid out this way once and meet every tap of
// their row; with stride 1 the same four rows serve two output rows of a 3x3 window.
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels {
namespace scalar {
void depthwise_i8(const ConvI8& args, int begin, int end);
}

namespace vnni {
namespace {

/// Four rows of bytes at the same channels.
struct Rows {
    const std::uint8_t* row[kGroup];
};

// The lanes of the two vectors that hold a block of channels: of each eight channels the first has
// four and the second the others, so that packing brings them together in order.

/// 32 channels in two vectors.
struct Wide {
    using Vector = __m512i;
    using Levels = __m256i;
    static constexpr int kChannels = 32;

    static Vector set1(std::uint8_t x) { return _mm512_set1_epi8(static_cast<char>(x)); }
    static Vector load(const void* p) { return _mm512_load_si512(p); }
    static void interleave(const Rows& rows, Vector (&out)[2]) {
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
        out[0] = _mm512_shuffle_epi8(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0x88)), order);
        out[1] = _mm512_shuffle_epi8(_mm512_castps_si512(_mm512_shuffle_ps(a, b, 0xdd)), order);
    }
    /// 32 numbers of as many channels.
    static void split(const std::int32_t* p, Vector (&out)[2]) {
        out[0] = _mm512_shuffle_i32x4(_mm512_loadu_si512(p), _mm512_loadu_si512(p + 16), 0x88);
        out[1] = _mm512_shuffle_i32x4(_mm512_loadu_si512(p), _mm512_loadu_si512(p + 16), 0xdd);
    }
    static Vector dot(Vector sum, Vector x, Vector w) { return _mm512_dpbusd_epi32(sum, x, w); }
    static Vector pack(Vector a, Vector b) { return _mm512_packs_epi32(a, b); }
    static Vector shift(Vector x, Vector by) { return _mm512_srav_epi32(x, by); }
    static Vector high_half(Vector x) { return _mm512_srli_epi32(x, 16); }
    static Vector low_half(Vector x) { return _mm512_and_si512(x, _mm512_set1_epi32(0xffff)); }
    static Vector set1_16(short x) { return _mm512_set1_epi16(x); }
    /// The levels of two pixels within the bounds.
    static void finish(Vector a, Vector b, Vector low, Vector high, Levels (&out)[2]) {
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
    static constexpr int kChannels = 16;

    static Vector set1(std::uint8_t x) { return _mm256_set1_epi8(static_cast<char>(x)); }
    static Vector load(const void* p) { return _mm256_load_si256(static_cast<const Vector*>(p)); }
    static void interleave(const Rows& rows, Vector (&out)[2]) {
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
        out[0] = _mm256_shuffle_epi8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), order);
        out[1] = _mm256_shuffle_epi8(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd)), order);
    }
    static void split(const std::int32_t* p, Vector (&out)[2]) {
        const auto* const v = reinterpret_cast<const Vector*>(p);
        out[0] = _mm256_permute2x128_si256(_mm256_loadu_si256(v), _mm256_loadu_si256(v + 1), 0x20);
        out[1] = _mm256_permute2x128_si256(_mm256_loadu_si256(v), _mm256_loadu_si256(v + 1), 0x31);
    }
    static Vector dot(Vector sum, Vector x, Vector w) { return _mm256_dpbusd_epi32(sum, x, w); }
    static Vector pack(Vector a, Vector b) { return _mm256_packs_epi32(a, b); }
    static Vector shift(Vector x, Vector by) { return _mm256_srav_epi32(x, by); }
    static Vector high_half(Vector x) { return _mm256_srli_epi32(x, 16); }
    static Vector low_half(Vector x) { return _mm256_and_si256(x, _mm256_set1_epi32(0xffff)); }
    static Vector set1_16(short x) { return _mm256_set1_epi16(x); }
    static void finish(Vector a, Vector b, Vector low, Vector high, Levels (&out)[2]) {
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

constexpr int kMaxTaps = 16;                    ///< columns of taps times groups of rows
constexpr std::ptrdiff_t kBufferBytes = 16384;  ///< of columns laid out

/// The output rows of one turn, `rows` of them (1 or 2).
struct Turn {
    int y[2];
    int rows;
};

/// One block of channels of a convolution. kColumns = 0 leaves the sides of the window to run
/// time: `groups` of four rows and `columns`.
template <class V, int kColumns, int kGroups>
class Block {
    using Vector = typename V::Vector;
    static constexpr std::ptrdiff_t kColumnBytes = 2 * sizeof(Vector);

  public:
    Block(const ConvI8& args, int channel)
        : args_(args),
          channel_(channel),
          channels_(args.out_channels - channel < V::kChannels ? args.out_channels - channel
                                                               : V::kChannels),
          pairs_(args.stride_h == 1) {
        const int rows = args.kernel_h + (pairs_ ? 1 : 0);
        groups_ = (rows + kGroup - 1) / kGroup;
        __builtin_memset(padding_, args.src_zero_point, sizeof padding_);
        load_weights();
        const Rounding rounding(args.requant);
        V::split(args.requant.bias + channel, scaling_.bias);
        Vector both[2];
        V::split(args.requant.multipliers + channel, both);
        for (int i = 0; i < 2; ++i) scaling_.shift[i] = V::high_half(both[i]);
        scaling_.multiplier = V::pack(V::low_half(both[0]), V::low_half(both[1]));
        scaling_.offset = V::set1_16(rounding.offset);
        scaling_.low = V::set1(static_cast<std::uint8_t>(rounding.low));
        scaling_.high = V::set1(static_cast<std::uint8_t>(rounding.high));
        scaling_.fraction = rounding.fraction;
    }

    void run(int begin, int end) {
        if (!pairs_) {
            for (int y = begin; y < end; ++y) turn({{y, y}, 1});
            return;
        }
        const int apart = args_.dilation_h;
        for (int y = begin; y < end; y += 2 * apart)
            for (int i = y; i < y + apart && i < end; ++i)
                turn({{i, i + apart}, i + apart < end ? 2 : 1});
    }

  private:
    int groups() const { return kColumns > 0 ? kGroups : groups_; }
    int columns() const { return kColumns > 0 ? kColumns : args_.kernel_w; }

    /// Two sets: for the first output row of a pair, and for the second, whose window begins one
    /// row later.
    void load_weights() {
        const std::ptrdiff_t padded = (args_.out_channels + kPanel - 1) / kPanel * kPanel;
        alignas(64) const std::uint8_t none[64] = {};
        for (int set = 0; set < 2; ++set)
            for (int group = 0; group < groups(); ++group)
                for (int kx = 0; kx < columns(); ++kx) {
                    Rows rows;
                    for (int i = 0; i < kGroup; ++i) {
                        const int ky = group * kGroup + i - set;
                        const auto* weights = reinterpret_cast<const std::uint8_t*>(args_.weights);
                        rows.row[i] =
                            ky < 0 || ky >= args_.kernel_h
                                ? none
                                : weights + (ky * args_.kernel_w + kx) * padded + channel_;
                    }
                    V::interleave(rows, weights_[set].tap[group * columns() + kx]);
                }
    }

    void turn(const Turn& turn) {
        const int reach = (columns() - 1) * args_.dilation_w + 1;
        const auto capacity =
            static_cast<int>(kBufferBytes / static_cast<std::ptrdiff_t>(sizeof(Vector)) / 2) /
            groups();
        const int most = (capacity - reach) / args_.stride_w + 1;
        for (int x = 0; x < args_.dst_width; x += most) {
            const int count = x + most < args_.dst_width ? most : args_.dst_width - x;
            const int sources = (count - 1) * args_.stride_w + reach;
            for (int group = 0; group < groups(); ++group)
                lay_out(
                    turn.y[0] * args_.stride_h - args_.pad_top + group * kGroup * args_.dilation_h,
                    x * args_.stride_w - args_.pad_left, sources,
                    buffer_ + group * sources * kColumnBytes);
            if (turn.rows == 2)
                row_pair(turn, x, count, sources);
            else
                one_row(turn, x, count, sources);
        }
    }

    /// Four rows from source row `sy` on, at `count` columns from `first` on.
    void lay_out(int sy, int first, int count, std::uint8_t* to) {
        Rows rows;
        std::ptrdiff_t step[kGroup];
        for (int i = 0; i < kGroup; ++i) {
            const int y = sy + i * args_.dilation_h;
            const bool inside = y >= 0 && y < args_.src_height;
            step[i] = inside ? args_.src_stride : 0;
            rows.row[i] = inside ? args_.src + channel_ +
                                       (std::ptrdiff_t{y} * args_.src_width + first) * step[i]
                                 : padding_;
        }
        // Columns outside the picture, inside, and outside again.
        int x = first;
        const int last = first + count;
        for (; x < last && x < 0; ++x, to += kColumnBytes) skip(rows, step, to);
        for (; x < last && x < args_.src_width; ++x, to += kColumnBytes) {
            Vector both[2];
            V::interleave(rows, both);
            put(both, to);
            for (int i = 0; i < kGroup; ++i) rows.row[i] += step[i];
        }
        for (; x < last; ++x, to += kColumnBytes) skip(rows, step, to);
    }

    void skip(Rows& rows, const std::ptrdiff_t (&step)[kGroup], std::uint8_t* to) const {
        const Vector padding = V::set1(padding_[0]);
        put({padding, padding}, to);
        for (int i = 0; i < kGroup; ++i) rows.row[i] += step[i];
    }

    static void put(const Vector (&column)[2], std::uint8_t* to) {
        auto* const out = reinterpret_cast<Vector*>(to);
        out[0] = column[0];
        out[1] = column[1];
    }

    /// The weights of a set, where they fit into registers: nothing that is stored may change them.
    struct Weights {
        Vector tap[kColumns > 0 ? kColumns* kGroups : kMaxTaps][2];
    };

    /// Adds the window that begins at `column` of the buffer.
    [[gnu::always_inline]] void add(const std::uint8_t* column, std::ptrdiff_t group_bytes,
                                    std::ptrdiff_t step, const Weights& weights,
                                    Vector (&sum)[2]) const {
        for (int group = 0; group < groups(); ++group)
            for (int kx = 0; kx < columns(); ++kx) {
                const std::uint8_t* const at = column + group * group_bytes + kx * step;
                const Vector(&w)[2] = weights.tap[group * columns() + kx];
                sum[0] = V::dot(sum[0], V::load(at), w[0]);
                sum[1] = V::dot(sum[1], V::load(at + sizeof(Vector)), w[1]);
            }
    }

    /// What a loop over pixels keeps in registers besides the weights.
    struct Scaling {
        Vector bias[2], shift[2], multiplier, offset, low, high;
        __m128i fraction;

        [[gnu::always_inline]] Vector level(const Vector (&sum)[2]) const {
            return scaled(V::pack(V::shift(sum[0], shift[0]), V::shift(sum[1], shift[1])),
                          multiplier, offset, fraction);
        }
        [[gnu::always_inline]] void finish(const Vector (&first)[2], const Vector (&second)[2],
                                           typename V::Levels (&out)[2]) const {
            V::finish(level(first), level(second), low, high, out);
        }
    };

    void row_pair(const Turn& turn, int x, int count, int sources) {
        const Scaling scaling = scaling_;
        const Weights upper_weights = weights_[0];
        const Weights lower_weights = weights_[1];
        const std::ptrdiff_t bytes = sources * kColumnBytes;
        const std::ptrdiff_t step = args_.dilation_w * kColumnBytes;
        const std::ptrdiff_t dst_stride = args_.dst_stride;
        const int channels = channels_;
        std::uint8_t* upper = pixel(turn.y[0], x);
        std::uint8_t* lower = pixel(turn.y[1], x);
        const std::uint8_t* column = buffer_;
        for (int i = 0; i < count; ++i) {
            Vector first[2] = {scaling.bias[0], scaling.bias[1]};
            Vector second[2] = {scaling.bias[0], scaling.bias[1]};
            add(column, bytes, step, upper_weights, first);
            add(column, bytes, step, lower_weights, second);
            typename V::Levels out[2];
            scaling.finish(first, second, out);
            store_first(upper, out[0], channels);
            store_first(lower, out[1], channels);
            upper += dst_stride;
            lower += dst_stride;
            column += kColumnBytes;
        }
    }

    void one_row(const Turn& turn, int x, int count, int sources) {
        const Scaling scaling = scaling_;
        const Weights weights = weights_[0];
        const std::ptrdiff_t bytes = sources * kColumnBytes;
        const std::ptrdiff_t step = args_.dilation_w * kColumnBytes;
        const std::ptrdiff_t next = args_.stride_w * kColumnBytes;
        const std::ptrdiff_t dst_stride = args_.dst_stride;
        const int channels = channels_;
        std::uint8_t* dst = pixel(turn.y[0], x);
        const std::uint8_t* column = buffer_;
        for (int i = 0; i < count; i += 2, column += 2 * next, dst += 2 * dst_stride) {
            const bool two = i + 1 < count;
            Vector first[2] = {scaling.bias[0], scaling.bias[1]};
            Vector second[2] = {scaling.bias[0], scaling.bias[1]};
            add(column, bytes, step, weights, first);
            add(two ? column + next : column, bytes, step, weights, second);
            typename V::Levels out[2];
            scaling.finish(first, second, out);
            store_first(dst, out[0], channels);
            if (two) store_first(dst + dst_stride, out[1], channels);
        }
    }

    std::uint8_t* pixel(int y, int x) const {
        return args_.dst + (std::ptrdiff_t{y} * args_.dst_width + x) * args_.dst_stride + channel_;
    }

    const ConvI8& args_;
    int channel_;
    int channels_;
    bool pairs_;
    int groups_;
    Scaling scaling_;
    Weights weights_[2];
    alignas(64) std::uint8_t padding_[64];
    alignas(64) std::uint8_t buffer_[kBufferBytes];
};

template <class V>
void block(const ConvI8& args, int channel, int begin, int end) {
    if (args.kernel_h == 3 && args.kernel_w == 3)
        Block<V, 3, 1>(args, channel).run(begin, end);
    else if (args.kernel_h == 5 && args.kernel_w == 5)
        Block<V, 5, 2>(args, channel).run(begin, end);
    else
        Block<V, 0, 0>(args, channel).run(begin, end);
}

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    const int groups = (args.kernel_h + 1 + kGroup - 1) / kGroup;
    const std::ptrdiff_t reach = std::ptrdiff_t{args.kernel_w - 1} * args.dilation_w + 1;
    if (groups * args.kernel_w > kMaxTaps || reach * groups * 2 * 64 > kBufferBytes)
        return scalar::depthwise_i8(args, begin, end);
    int channel = 0;
    for (; channel + Narrow::kChannels < args.out_channels; channel += Wide::kChannels)
        block<Wide>(args, channel, begin, end);
    if (channel < args.out_channels) block<Narrow>(args, channel, begin, end);
}

}  // namespace vnni
}  // namespace tarsier::kernels
