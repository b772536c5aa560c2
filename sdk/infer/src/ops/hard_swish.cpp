// SPDX-License-Identifier: Apache-2.0
// x * clamp(x / 6 + 0.5, 0, 1).
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 1); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.hard_swish_f32, step, inputs, output, store);
}

}  // namespace

extern const Op hard_swish_op;
constexpr Op hard_swish_op{"hard_swish", check, prepare};

}  // namespace tarsier::infer
