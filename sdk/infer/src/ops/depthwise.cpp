// SPDX-License-Identifier: Apache-2.0
// A convolution of each channel by itself: constants are weights and bias.
#include "format/packing.h"
#include "ops/window.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::depthwise_f32) kernel;
    kernels::ConvF32 conv;
};

std::int64_t taps(const StepView& step) {
    return std::int64_t{step.step().integer("kernel_h", 1)} * step.step().integer("kernel_w", 1);
}

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 2));
    const int channels = step.input().channels;
    TARSIER_CHECK(check_window(step, channels));
    TARSIER_CHECK(step.expect_floats(0, padded_channels(channels) * taps(step)));
    return step.expect_floats(1, padded_channels(channels));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.conv, begin, end);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Args* args = store.keep(Args{table.depthwise_f32, window_args(step, inputs[0], output)});
    const double macs = static_cast<double>(step.output().elements() * taps(step));
    return Call{run, args, output.height, macs}.by(table.depthwise_f32);
}

}  // namespace

extern const Op depthwise_op;
constexpr Op depthwise_op{"depthwise", check, prepare, window_reach};

}  // namespace tarsier::infer
