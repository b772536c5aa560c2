// SPDX-License-Identifier: Apache-2.0
// Values in another order: transposes, slices with steps, shuffled channels, repetition. Loops,
// outermost first, fill the output in the order of its memory; each says how many times it runs and
// how many pixels and channels of the input one round moves on.
#include "ops/permute.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/op.h"

namespace tarsier::infer {
namespace {

constexpr int kMaxStep = 1 << 28;

struct Loop {
    std::ptrdiff_t count = 1;
    std::ptrdiff_t step = 0;  ///< values of the input
};

struct Args {
    const std::uint8_t* src;  ///< the first value
    Operand output;
    std::array<Loop, kMaxLoops> pixels;    ///< loops that go from pixel to pixel of the output
    std::array<Loop, kMaxLoops> channels;  ///< loops within a pixel of the output
    int pixel_loops = 0;
    int channel_loops = 0;
};

/// The range of input coordinates that the loops reach along "pixels" or "channels".
Status check_reach(const StepView& step, const char* what, const char* first, std::int64_t limit) {
    const NetStep& s = step.step();
    std::int64_t low = s.integer(first, 0);
    std::int64_t high = low;
    for (int i = 0; i < kMaxLoops; ++i) {
        const std::int64_t way =
            std::int64_t{s.integer(loop_key("count", i), 1) - 1} * s.integer(loop_key(what, i), 0);
        (way < 0 ? low : high) += way;
    }
    if (low >= 0 && high < limit) return Ok{};
    return step.error(fmt::format("its loops leave the {} of the input", what));
}

/// The first loop that stays within a pixel of the output; -1 where none begins one.
int first_channel_loop(const StepView& step) {
    std::int64_t inner = 1;
    int loop = kMaxLoops;
    while (loop > 0 && inner < step.output().channels)
        inner *= step.step().integer(loop_key("count", --loop), 1);
    return inner == step.output().channels ? loop : -1;
}

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    TARSIER_CHECK(step.expect_integer("pixel", 0, 0, kMaxStep));
    TARSIER_CHECK(step.expect_integer("channel", 0, 0, kMaxStep));
    std::int64_t values = 1;
    for (int i = 0; i < kMaxLoops; ++i) {
        TARSIER_CHECK(step.expect_integer(loop_key("count", i).c_str(), 1, 1, kMaxStep));
        for (const char* what : {"pixels", "channels"})
            TARSIER_CHECK(step.expect_integer(loop_key(what, i).c_str(), 0, -kMaxStep, kMaxStep));
        values *= step.step().integer(loop_key("count", i), 1);
        if (values > step.output().elements()) break;
    }
    if (values != step.output().elements() || first_channel_loop(step) < 0)
        return step.error("its loops do not fill the output");
    const NetTensor& in = step.input();
    TARSIER_CHECK(check_reach(step, "pixels", "pixel", std::int64_t{in.height} * in.width));
    return check_reach(step, "channels", "channel", in.channels);
}

template <class T>
void copy_values(const T* src, std::ptrdiff_t step, T* dst, std::ptrdiff_t count) {
    if (step == 1)
        std::copy(src, src + count, dst);
    else if (step == 2)  // every other channel, which compilers do well when they know it
        for (std::ptrdiff_t i = 0; i < count; ++i) dst[i] = src[2 * i];
    else
        for (std::ptrdiff_t i = 0; i < count; ++i) dst[i] = src[i * step];
}

/// Fills one pixel of the output; `loops` >= 1.
template <class T>
void fill_pixel(const Loop* loop, int loops, const T* src, T* dst) {
    if (loops == 1) return copy_values(src, loop->step, dst, loop->count);
    std::ptrdiff_t inner = 1;
    for (int i = 1; i < loops; ++i) inner *= loop[i].count;
    for (std::ptrdiff_t i = 0; i < loop->count; ++i)
        fill_pixel(loop + 1, loops - 1, src + i * loop->step, dst + i * inner);
}

/// T: float or level.
template <class T>
void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    const std::ptrdiff_t first = std::ptrdiff_t{begin} * a.output.width;
    const std::ptrdiff_t last = std::ptrdiff_t{end} * a.output.width;
    std::array<std::ptrdiff_t, kMaxLoops> at{};
    const T* src = reinterpret_cast<const T*>(a.src);
    std::ptrdiff_t rest = first;
    for (int i = a.pixel_loops; i-- > 0; rest /= a.pixels[static_cast<std::size_t>(i)].count) {
        const auto k = static_cast<std::size_t>(i);
        at[k] = rest % a.pixels[k].count;
        src += at[k] * a.pixels[k].step;
    }
    for (std::ptrdiff_t pixel = first; pixel < last; ++pixel) {
        fill_pixel(a.channels.data(), a.channel_loops, src,
                   reinterpret_cast<T*>(a.output.data) + pixel * a.output.stride);
        for (int i = a.pixel_loops; i-- > 0;) {
            const auto k = static_cast<std::size_t>(i);
            src += a.pixels[k].step;
            if (++at[k] < a.pixels[k].count) break;
            src -= at[k] * a.pixels[k].step;
            at[k] = 0;
        }
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table&, ArgumentStore& store) {
    const NetStep& s = step.step();
    const Operand& in = inputs[0];
    Args args;
    args.src = in.bytes() + (s.integer("pixel", 0) * in.stride + s.integer("channel", 0)) *
                                static_cast<std::ptrdiff_t>(in.element);
    args.output = output;
    const int channel_loop = first_channel_loop(step);
    for (int i = 0; i < kMaxLoops; ++i) {
        const Loop loop{s.integer(loop_key("count", i), 1),
                        s.integer(loop_key("pixels", i), 0) * in.stride +
                            s.integer(loop_key("channels", i), 0)};
        if (loop.count == 1) continue;
        if (i < channel_loop)
            args.pixels[static_cast<std::size_t>(args.pixel_loops++)] = loop;
        else
            args.channels[static_cast<std::size_t>(args.channel_loops++)] = loop;
    }
    if (args.channel_loops == 0) args.channel_loops = 1;  // one channel
    return {output.element == 1 ? run<std::uint8_t> : run<float>, store.keep(args), output.height,
            0};
}

}  // namespace

extern const Op permute_op;
constexpr Op permute_op{"permute", check, prepare, nullptr, kAnyElements};

}  // namespace tarsier::infer
