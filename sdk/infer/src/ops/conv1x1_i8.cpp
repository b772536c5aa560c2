// SPDX-License-Identifier: Apache-2.0
// A 1x1 convolution of levels with stride 1: constants are weights, bias and multipliers.
#include "format/packing_i8.h"
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::conv1x1_i8) kernel;
    kernels::Conv1x1I8 conv;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 3));
    const NetTensor& in = step.input();
    const std::int64_t out = step.output().channels;
    TARSIER_CHECK(step.expect_output(in.height, in.width, out));
    TARSIER_CHECK(step.expect_constant(0, ElementType::I8,
                                       padded_channels(out) * padded_inputs(in.channels)));
    return check_requant(step, in.channels);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    const kernels::Conv1x1I8 conv{.src = in.bytes(),
                                  .src_stride = in.stride,
                                  .dst = output.bytes(),
                                  .dst_stride = output.stride,
                                  .weights = step.constant_as<std::int8_t>(0),
                                  .in_channels = in.channels,
                                  .out_channels = output.channels,
                                  .requant = requant_args(step)};
    const Args* args = store.keep(Args{table.conv1x1_i8, conv, in.width});
    return {run, args, output.height, static_cast<double>(step.output().elements()) * in.channels};
}

Reach reach(const StepView&) { return {}; }

}  // namespace

extern const Op conv1x1_i8_op;
constexpr Op conv1x1_i8_op{"conv1x1_i8", check, prepare, reach, kBytes};

}  // namespace tarsier::infer
