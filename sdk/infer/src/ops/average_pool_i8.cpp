// SPDX-License-Identifier: Apache-2.0
// The mean of a window of levels in each channel, padding counted: the factor of its requantization
// holds one over the pixels of the window.
#include "format/fixed_point.h"
#include "ops/pool.h"
#include "ops/requant_i8.h"
#include "ops/window_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::average_pool_i8) kernel;
    kernels::PoolI8 pool;
    std::int32_t bias;
    std::int32_t multiplier;
};

FixedPoint factor(const StepView& step) {
    return {step.step().integer("multiplier", 0), step.step().integer("shift", 0)};
}

Status check(const StepView& step) {
    TARSIER_CHECK(check_pool(step));
    TARSIER_CHECK(check_bounds(step));
    TARSIER_CHECK(step.expect_integer("fraction", 0, 0, kMaxFraction));
    TARSIER_CHECK(step.expect_integer("multiplier", 0, 1 << 14, (1 << 15) - 1));
    TARSIER_CHECK(step.expect_integer("shift", 0, 0, kMaxShift));
    const NetStep& s = step.step();
    const std::int64_t pixels = std::int64_t{s.integer("kernel_h", 1)} * s.integer("kernel_w", 1);
    if (pixels * 255 + rounding(factor(step)) < std::int64_t{1} << 31) return Ok{};
    return step.error("its sums may leave 32 bits");
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    kernels::PoolI8 pool = a.pool;
    pool.requant.bias = &a.bias;
    pool.requant.multipliers = &a.multiplier;
    a.kernel(pool, begin, end);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    Args args{table.average_pool_i8, pool_args_i8(step, inputs[0], output), rounding(factor(step)),
              factor(step).packed()};
    const NetStep& s = step.step();
    args.pool.requant = {nullptr,
                         nullptr,
                         s.integer("fraction", 0),
                         step.output().zero_point,
                         s.integer("low", 0),
                         s.integer("high", 255)};
    return Call{run, store.keep(args), output.height, 0}.by(table.average_pool_i8);
}

}  // namespace

extern const Op average_pool_i8_op;
constexpr Op average_pool_i8_op{"average_pool_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
