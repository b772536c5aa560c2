// SPDX-License-Identifier: Apache-2.0
// The largest level of a window in each channel.
#include "ops/pool.h"
#include "ops/window.h"
#include "ops/window_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::max_pool_i8) kernel;
    kernels::PoolI8 pool;
};

Status check(const StepView& step) {
    if (!step.input().same_levels(step.output()))
        return step.error("its input and its output have different scales");
    return check_pool(step);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.pool, begin, end);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Args args{table.max_pool_i8, pool_args_i8(step, inputs[0], output)};
    return Call{run, store.keep(args), output.height, 0}.by(table.max_pool_i8);
}

}  // namespace

extern const Op max_pool_i8_op;
constexpr Op max_pool_i8_op{"max_pool_i8", check, prepare, window_reach, kBytes};

}  // namespace tarsier::infer
