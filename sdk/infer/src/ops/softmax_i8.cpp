// SPDX-License-Identifier: Apache-2.0
// Softmax over the channels of each pixel, on levels: a table of exponentials and one division.
#include <fmt/format.h>

#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

constexpr std::int32_t kOne = 1 << 16;

struct Args {
    decltype(kernels::Table::softmax_i8) kernel;
    kernels::SoftmaxI8 softmax;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 1));
    TARSIER_CHECK(check_same_shape(step));
    TARSIER_CHECK(step.expect_constant(0, ElementType::I32, 256));
    const auto* exponentials = step.constant_as<std::int32_t>(0);
    for (int i = 0; i < 256; ++i)
        if (exponentials[i] < 0 || exponentials[i] > kOne || (i == 255 && exponentials[i] != kOne))
            return step.error(fmt::format("exponential {} is {}", i, exponentials[i]));
    if (step.output().scale == 1.0F / 256 && step.output().zero_point == 0) return Ok{};
    return step.error("its output must have the scale 1/256 and the zero point 0");
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.softmax, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const kernels::SoftmaxI8 softmax{inputs[0].bytes(), inputs[0].stride,
                                     output.bytes(),    output.stride,
                                     output.channels,   step.constant_as<std::int32_t>(0)};
    return Call{run, store.keep(Args{table.softmax_i8, softmax, output.width}), output.height, 0}
        .by(table.softmax_i8);
}

}  // namespace

extern const Op softmax_i8_op;
constexpr Op softmax_i8_op{"softmax_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
