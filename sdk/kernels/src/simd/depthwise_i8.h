// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution by dot products over the rows of a window: the four bytes of a lane are
// one channel at four rows of a column. Columns are laid out this way once and meet every tap of
// their row; with stride 1 the same four rows serve two output rows of a 3x3 window.
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {
namespace scalar {
void depthwise_i8(const ConvI8& args, int begin, int end);
}

namespace {

/// Four rows of bytes at the same channels.
struct Rows {
    const std::uint8_t* row[kGroup];
};

// A level of instructions brings a type V for blocks of V::kChannels channels:
//   Column, what is laid out of four rows at a column: column(rows, to), padding(level);
//   Weight, the weights of a column of taps: weight(rows);
//   Sum: dot(sum, column, weight) adds four products per channel;
//   Scaling(args, channel): its member bias begins sums, finish() turns two into Levels;
//   store(p, levels, count) writes those of one pixel.

constexpr int kMaxTaps = 16;   ///< columns of taps times groups of rows
constexpr int kLaidOut = 128;  ///< columns, of all groups of rows together

/// The output rows of one turn, `rows` of them (1 or 2).
struct Turn {
    int y[2];
    int rows;
};

/// One block of channels of a convolution. kColumns = 0 leaves the sides of the window to run
/// time: `groups` of four rows and `columns`.
template <class V, int kColumns, int kGroups>
class Block {
    using Column = typename V::Column;
    using Sum = typename V::Sum;
    using Levels = typename V::Levels;

  public:
    Block(const ConvI8& args, int channel)
        : args_(args),
          channel_(channel),
          channels_(args.out_channels - channel < V::kChannels ? args.out_channels - channel
                                                               : V::kChannels),
          pairs_(args.stride_h == 1 && args.stride_w == 1),
          scaling_(args, channel) {
        const int rows = args.kernel_h + (pairs_ ? 1 : 0);
        groups_ = (rows + kGroup - 1) / kGroup;
        __builtin_memset(padding_, args.src_zero_point, sizeof padding_);
        load_weights();
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
                    weights_[set].tap[group * columns() + kx] = V::weight(rows);
                }
    }

    void turn(const Turn& turn) {
        const int reach = (columns() - 1) * args_.dilation_w + 1;
        const int capacity = kLaidOut / groups();
        const int most = (capacity - reach) / args_.stride_w + 1;
        for (int x = 0; x < args_.dst_width; x += most) {
            const int count = x + most < args_.dst_width ? most : args_.dst_width - x;
            const int sources = (count - 1) * args_.stride_w + reach;
            for (int group = 0; group < groups(); ++group)
                lay_out(
                    turn.y[0] * args_.stride_h - args_.pad_top + group * kGroup * args_.dilation_h,
                    x * args_.stride_w - args_.pad_left, sources, buffer_ + group * sources);
            if (turn.rows == 2)
                row_pair(turn, x, count, sources);
            else
                one_row(turn, x, count, sources);
        }
    }

    // The loops over columns are not inlined: each wants all registers.

    /// Four rows from source row `sy` on, at `count` columns from `first` on.
    [[gnu::noinline]] void lay_out(int sy, int first, int count, Column* to) {
        Rows rows;
        std::ptrdiff_t step[kGroup];
        for (int i = 0; i < kGroup; ++i) {
            const int y = sy + i * args_.dilation_h;
            const bool inside = y >= 0 && y < args_.src_height;
            const int begin = first > 0 ? first : 0;
            step[i] = inside ? args_.src_stride : 0;
            rows.row[i] = inside ? args_.src + channel_ +
                                       (std::ptrdiff_t{y} * args_.src_width + begin) * step[i]
                                 : padding_;
        }
        // Columns outside the picture, inside, and outside again.
        const Column padding = V::padding(padding_[0]);
        int x = first;
        const int last = first + count;
        for (; x < last && x < 0; ++x) *to++ = padding;
        for (; x < last && x < args_.src_width; ++x) {
            V::column(rows, *to++);
            for (int i = 0; i < kGroup; ++i) rows.row[i] += step[i];
        }
        for (; x < last; ++x) *to++ = padding;
    }

    /// The weights of a set, where they fit into registers: nothing that is stored may change them.
    struct Weights {
        typename V::Weight tap[kColumns > 0 ? kColumns* kGroups : kMaxTaps];
    };

    /// Adds the window that begins at `column`; `sources` columns from one group to the next.
    [[gnu::always_inline]] void add(const Column* column, std::ptrdiff_t sources,
                                    std::ptrdiff_t step, const Weights& weights, Sum& sum) const {
        for (int group = 0; group < groups(); ++group)
            for (int kx = 0; kx < columns(); ++kx)
                V::dot(sum, column[group * sources + kx * step],
                       weights.tap[group * columns() + kx]);
    }

    /// The same for two sets of weights and their sums: worth it for many taps, and where weights
    /// stay in memory anyway.
    [[gnu::always_inline]] void add_both(const Column* column, std::ptrdiff_t sources,
                                         std::ptrdiff_t step, const Weights& weights, Sum& sum,
                                         const Weights& others, Sum& other) const {
        for (int group = 0; group < groups(); ++group)
            for (int kx = 0; kx < columns(); ++kx) {
                const Column at = column[group * sources + kx * step];
                V::dot(sum, at, weights.tap[group * columns() + kx]);
                V::dot(other, at, others.tap[group * columns() + kx]);
            }
    }

    [[gnu::noinline]] void row_pair(const Turn& turn, int x, int count, std::ptrdiff_t sources) {
        const typename V::Scaling scaling = scaling_;
        const Weights upper_weights = weights_[0];
        const Weights lower_weights = weights_[1];
        const std::ptrdiff_t step = args_.dilation_w;
        const std::ptrdiff_t dst_stride = args_.dst_stride;
        const int channels = channels_;
        std::uint8_t* upper = pixel(turn.y[0], x);
        std::uint8_t* lower = pixel(turn.y[1], x);
        for (const Column* column = buffer_; column < buffer_ + count; ++column) {
            Sum first = scaling.bias;
            Sum second = scaling.bias;
            if constexpr (kGroups > 1 || requires { V::kFewRegisters; }) {
                add_both(column, sources, step, upper_weights, first, lower_weights, second);
            } else {
                add(column, sources, step, upper_weights, first);
                add(column, sources, step, lower_weights, second);
            }
            Levels out[2];
            scaling.finish(first, second, out);
            V::store(upper, out[0], channels);
            V::store(lower, out[1], channels);
            upper += dst_stride;
            lower += dst_stride;
        }
    }

    [[gnu::noinline]] void one_row(const Turn& turn, int x, int count, std::ptrdiff_t sources) {
        const typename V::Scaling scaling = scaling_;
        const Weights weights = weights_[0];
        const std::ptrdiff_t step = args_.dilation_w;
        const std::ptrdiff_t next = args_.stride_w;
        const std::ptrdiff_t dst_stride = args_.dst_stride;
        const int channels = channels_;
        std::uint8_t* dst = pixel(turn.y[0], x);
        const Column* column = buffer_;
        for (int i = 0; i < count; i += 2, column += 2 * next, dst += 2 * dst_stride) {
            const bool two = i + 1 < count;
            Sum first = scaling.bias;
            Sum second = scaling.bias;
            add(column, sources, step, weights, first);
            add(two ? column + next : column, sources, step, weights, second);
            Levels out[2];
            scaling.finish(first, second, out);
            V::store(dst, out[0], channels);
            if (two) V::store(dst + dst_stride, out[1], channels);
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
    typename V::Scaling scaling_;
    Weights weights_[2];
    alignas(64) std::uint8_t padding_[64];
    Column buffer_[kLaidOut];
};

/// Channels from `channel` to the end of a block.
template <class V>
void block(const ConvI8& args, int channel, int begin, int end) {
    if (args.kernel_h == 3 && args.kernel_w == 3)
        Block<V, 3, 1>(args, channel).run(begin, end);
    else if (args.kernel_h == 5 && args.kernel_w == 5)
        Block<V, 5, 2>(args, channel).run(begin, end);
    else
        Block<V, 0, 0>(args, channel).run(begin, end);
}

/// Whether blocks can do this convolution.
[[maybe_unused]] bool fits_blocks(const ConvI8& args) {
    const int groups = (args.kernel_h + 1 + kGroup - 1) / kGroup;
    const std::ptrdiff_t reach = std::ptrdiff_t{args.kernel_w - 1} * args.dilation_w + 1;
    return groups * args.kernel_w <= kMaxTaps && reach * groups <= kLaidOut;
}

}  // namespace
}  // namespace tarsier::kernels
