// SPDX-License-Identifier: Apache-2.0
// The mean of a window in each channel; over the whole picture it is the global one.
#include "ops/pool.h"

namespace tarsier::infer {
namespace {

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_pool(table.average_pool_f32, step, inputs[0], output, store);
}

}  // namespace

extern const Op average_pool_op;
constexpr Op average_pool_op{"average_pool", check_pool, prepare};

}  // namespace tarsier::infer
