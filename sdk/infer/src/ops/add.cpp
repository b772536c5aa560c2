// SPDX-License-Identifier: Apache-2.0
// The sum of two tensors, clamped.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 2); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.add_f32, step, inputs, output, store);
}

}  // namespace

extern const Op add_op;
constexpr Op add_op{"add", check, prepare};

}  // namespace tarsier::infer
