// SPDX-License-Identifier: Apache-2.0
// The product of two tensors, clamped. The second may be one pixel, which multiplies all.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 2); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.mul_f32, step, inputs, output, store);
}

}  // namespace

extern const Op mul_op;
constexpr Op mul_op{"mul", check, prepare};

}  // namespace tarsier::infer
