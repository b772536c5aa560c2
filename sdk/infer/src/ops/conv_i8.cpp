// SPDX-License-Identifier: Apache-2.0
// A dense convolution of levels with any window: constants are weights, bias and multipliers.
#include "ops/requant_i8.h"
#include "ops/window.h"
#include "ops/window_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::conv_i8) kernel;
    kernels::ConvI8 conv;
};

/// Products in a sum.
std::int64_t terms(const StepView& step) {
    return std::int64_t{step.step().integer("kernel_h", 1)} * step.step().integer("kernel_w", 1) *
           step.input().channels;
}

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 3));
    const int in = step.input().channels;
    TARSIER_CHECK(check_window(step, step.output().channels));
    TARSIER_CHECK(check_dense_weights(step, terms(step) / in, in));
    return check_requant(step, terms(step));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin, end);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Args* args = store.keep(Args{table.conv_i8, window_args_i8(step, inputs[0], output)});
    const double macs = static_cast<double>(step.output().elements() * terms(step));
    return Call{run, args, output.height, macs}.by(table.conv_i8);
}

}  // namespace

extern const Op conv_i8_op;
constexpr Op conv_i8_op{"conv_i8", check, prepare, window_reach, kBytes};

}  // namespace tarsier::infer
