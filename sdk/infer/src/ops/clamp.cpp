// SPDX-License-Identifier: Apache-2.0
// Values held within min and max; without them a copy.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 1); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.clamp_f32, step, inputs, output, store);
}

}  // namespace

extern const Op clamp_op;
constexpr Op clamp_op{"clamp", check, prepare};

}  // namespace tarsier::infer
