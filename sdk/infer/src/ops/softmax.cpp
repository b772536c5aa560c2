// SPDX-License-Identifier: Apache-2.0
// Softmax over the channels of each pixel.
#include "ops/each.h"

namespace tarsier::infer {
namespace {

Status check(const StepView& step) { return check_each(step, 1); }

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_each(table.softmax_f32, step, inputs, output, store);
}

}  // namespace

extern const Op softmax_op;
constexpr Op softmax_op{"softmax", check, prepare};

}  // namespace tarsier::infer
