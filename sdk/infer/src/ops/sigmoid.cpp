// SPDX-License-Identifier: Apache-2.0
// The logistic function of every value.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 1); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.sigmoid_f32, step, inputs, output, store);
}

}  // namespace

extern const Op sigmoid_op;
constexpr Op sigmoid_op{"sigmoid", check, prepare};

}  // namespace tarsier::infer
