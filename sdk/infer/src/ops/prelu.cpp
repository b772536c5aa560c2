// SPDX-License-Identifier: Apache-2.0
// x where it is positive, else x times the slope of its channel: the constant is the slopes.
#include "format/packing.h"
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 1));
    const NetTensor& in = step.input();
    TARSIER_CHECK(step.expect_output(in.height, in.width, in.channels));
    return step.expect_floats(0, padded_channels(in.channels));
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand slopes{const_cast<float*>(step.constant(0)), 0, 1, 1, output.channels};
    const Operand both[] = {inputs[0], slopes};
    return prepare_each(table.prelu_f32, step, both, output, store);
}

}  // namespace

extern const Op prelu_op;
constexpr Op prelu_op{"prelu", check, prepare};

}  // namespace tarsier::infer
