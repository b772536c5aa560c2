// SPDX-License-Identifier: Apache-2.0
// The largest value of a window in each channel.
#include "ops/pool.h"
#include "ops/window.h"

namespace tarsier::infer {
namespace {

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    return prepare_pool(table.max_pool_f32, step, inputs[0], output, store);
}

}  // namespace

extern const Op max_pool_op;
constexpr Op max_pool_op{"max_pool", check_pool, prepare, window_reach};

}  // namespace tarsier::infer
