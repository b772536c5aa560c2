// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution with stride 1, a matrix product over pixels: constants are weights and bias.
// Several inputs count as one that has all their channels, one after the other.
#include "ops/conv1x1.h"

#include <fmt/format.h>

#include <algorithm>

#include "format/packing.h"
#include "ops/gather.h"
#include "ops/op.h"

namespace tarsier::infer {
namespace {

// Pixels that are gathered at a time, at most, and their floats: half of a small first-level cache,
// of which more is used only where fewer pixels than these would make the kernel slow.
constexpr int kFloats = 4096;
constexpr int kPixels = 48;

struct Args {
    decltype(kernels::Table::conv1x1_f32) kernel;
    kernels::Conv1x1F32 conv;
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
    TARSIER_CHECK(step.expect_counts(inputs, 2));
    TARSIER_CHECK(step.expect_clamp());
    const std::int64_t in = in_channels(step);
    const std::int64_t out = step.output().channels;
    for (std::size_t i = 0; i < inputs; ++i)
        TARSIER_CHECK(step.expect_output(step.input(i).height, step.input(i).width, out));
    if (inputs > 1 && in > kMaxGathered)
        return step.error(
            fmt::format("several inputs of together more than {} channels", kMaxGathered));
    TARSIER_CHECK(step.expect_floats(0, padded_channels(out) * in));
    return step.expect_floats(1, padded_channels(out));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin * a.width, end * a.width);
}

void run_gathered(const void* args, int begin, int end) {
    const auto& g = *static_cast<const GatherArgs*>(args);
    alignas(64) float pixels[kMaxGathered];
    kernels::Conv1x1F32 conv = g.args.conv;
    conv.src = pixels;
    const std::ptrdiff_t last = end * g.args.width;
    for (std::ptrdiff_t first = begin * g.args.width; first < last; first += g.block) {
        const std::ptrdiff_t count = std::min(g.block, last - first);
        gather(g.parts, first, first + count, reinterpret_cast<std::byte*>(pixels),
               conv.src_stride * std::ptrdiff_t{sizeof(float)});
        conv.dst = g.args.conv.dst + first * conv.dst_stride;
        g.args.kernel(conv, 0, count);
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    const int channels = static_cast<int>(in_channels(step));
    const kernels::Conv1x1F32 conv{in.data,          in.stride,        output.data, output.stride,
                                   step.constant(0), step.constant(1), channels,    output.channels,
                                   step.min(),       step.max()};
    Args args{table.conv1x1_f32, conv, in.width};
    const double macs = static_cast<double>(step.output().elements()) * channels;
    if (inputs.size() == 1)
        return Call{run, store.keep(args), output.height, macs}.by(table.conv1x1_f32);
    args.conv.src_stride = channels;
    GatherArgs gathered{
        args, {}, std::max(kFloats / channels, std::min(kPixels, kMaxGathered / channels))};
    if (gathered.block > kPixels) gathered.block = gathered.block / kPixels * kPixels;
    for (const Operand& part : inputs)
        gathered.parts.push_back({reinterpret_cast<const std::byte*>(part.data),
                                  part.stride * std::ptrdiff_t{sizeof(float)},
                                  part.channels * std::ptrdiff_t{sizeof(float)}});
    return Call{run_gathered, store.keep(std::move(gathered)), output.height, macs}.by(
        table.conv1x1_f32);
}

Reach reach(const StepView&) { return {}; }

}  // namespace

extern const Op conv1x1_op;
constexpr Op conv1x1_op{"conv1x1", check, prepare, reach};

}  // namespace tarsier::infer
