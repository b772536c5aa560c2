// SPDX-License-Identifier: Apache-2.0
// Softmax over two channels, given their difference: second minus first.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    if (step.input().channels != 1) return step.error("takes one channel");
    return step.expect_output(step.input().height, step.input().width, 2);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.binary_softmax_f32, step, inputs, output, store);
}

}  // namespace

extern const Op binary_softmax_op;
constexpr Op binary_softmax_op{"binary_softmax", check, prepare};

}  // namespace tarsier::infer
