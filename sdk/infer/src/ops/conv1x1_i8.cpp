// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution of levels with stride 1: constants are weights, bias and multipliers. Several
// inputs count as one that has all their channels, one after the other.
#include <fmt/format.h>

#include <algorithm>

#include "ops/conv1x1.h"
#include "ops/gather.h"
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

// Pixels that are gathered at a time, at most, and their bytes: half of a small first-level cache.
constexpr int kBytesGathered = 16384;
constexpr int kPixels = 48;

struct Args {
    decltype(kernels::Table::conv1x1_i8) kernel;
    kernels::Conv1x1I8 conv;
    std::ptrdiff_t width;
};

struct GatherArgs {
    Args args;
    std::vector<Part> parts;
    std::ptrdiff_t block;  ///< pixels
};

std::int64_t in_channels(const StepView& step) {
    std::int64_t channels = 0;
    for (std::size_t i = 0; i < step.step().inputs.size(); ++i) channels += step.input(i).channels;
    return channels;
}

Status check(const StepView& step) {
    const std::size_t inputs = step.step().inputs.size();
    TARSIER_CHECK(step.expect_counts(inputs, 3));
    const std::int64_t in = in_channels(step);
    const std::int64_t out = step.output().channels;
    for (std::size_t i = 0; i < inputs; ++i) {
        TARSIER_CHECK(step.expect_output(step.input(i).height, step.input(i).width, out));
        if (!step.input(i).same_levels(step.input()))
            return step.error("its inputs have different scales");
    }
    if (inputs > 1 && in > kMaxGathered)
        return step.error(
            fmt::format("several inputs of together more than {} channels", kMaxGathered));
    TARSIER_CHECK(check_dense_weights(step, 1, in));
    return check_requant(step, in);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin * a.width, end * a.width);
}

void run_gathered(const void* args, int begin, int end) {
    const auto& g = *static_cast<const GatherArgs*>(args);
    alignas(64) std::uint8_t pixels[kBytesGathered + kernels::kSlackI8];
    kernels::Conv1x1I8 conv = g.args.conv;
    conv.src = pixels;
    const std::ptrdiff_t last = end * g.args.width;
    for (std::ptrdiff_t first = begin * g.args.width; first < last; first += g.block) {
        const std::ptrdiff_t count = std::min(g.block, last - first);
        gather(g.parts, first, first + count, reinterpret_cast<std::byte*>(pixels),
               conv.src_stride);
        conv.dst = g.args.conv.dst + first * conv.dst_stride;
        g.args.kernel(conv, 0, count);
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    const int channels = static_cast<int>(in_channels(step));
    const kernels::Conv1x1I8 conv{.src = in.bytes(),
                                  .src_stride = in.stride,
                                  .dst = output.bytes(),
                                  .dst_stride = output.stride,
                                  .weights = step.constant_as<std::int8_t>(0),
                                  .in_channels = channels,
                                  .out_channels = output.channels,
                                  .requant = requant_args(step)};
    Args args{table.conv1x1_i8, conv, in.width};
    const double macs = static_cast<double>(step.output().elements()) * channels;
    if (inputs.size() == 1)
        return Call{run, store.keep(args), output.height, macs}.by(table.conv1x1_i8);
    args.conv.src_stride = channels;
    GatherArgs gathered{args, {}, kBytesGathered / channels};
    if (gathered.block > kPixels) gathered.block = gathered.block / kPixels * kPixels;
    for (const Operand& part : inputs)
        gathered.parts.push_back(
            {reinterpret_cast<const std::byte*>(part.data), part.stride, part.channels});
    return Call{run_gathered, store.keep(std::move(gathered)), output.height, macs}.by(
        table.conv1x1_i8);
}

Reach reach(const StepView&) { return {}; }

}  // namespace

extern const Op conv1x1_i8_op;
constexpr Op conv1x1_i8_op{"conv1x1_i8", check, prepare, reach, kBytes};

}  // namespace tarsier::infer
