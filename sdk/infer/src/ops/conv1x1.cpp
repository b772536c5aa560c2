// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution with stride 1, a matrix product over pixels: constants are weights and bias.
#include "format/packing.h"
#include "ops/op.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::conv1x1_f32) kernel;
    kernels::Conv1x1F32 conv;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 2));
    TARSIER_CHECK(step.expect_clamp());
    const NetTensor& in = step.input();
    const std::int64_t out = step.output().channels;
    TARSIER_CHECK(step.expect_output(in.height, in.width, out));
    TARSIER_CHECK(step.expect_floats(0, padded_channels(out) * in.channels));
    return step.expect_floats(1, padded_channels(out));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    const kernels::Conv1x1F32 conv{in.data,          in.stride,        output.data, output.stride,
                                   step.constant(0), step.constant(1), in.channels, output.channels,
                                   step.min(),       step.max()};
    const Args* args = store.keep(Args{table.conv1x1_f32, conv, in.width});
    return {run, args, output.height, static_cast<double>(step.output().elements()) * in.channels};
}

Reach reach(const StepView&) { return {}; }

}  // namespace

extern const Op conv1x1_op;
constexpr Op conv1x1_op{"conv1x1", check, prepare, reach};

}  // namespace tarsier::infer
