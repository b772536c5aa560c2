// SPDX-License-Identifier: Apache-2.0
// Levels to floats.
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::dequantize_i8) kernel;
    kernels::DequantizeI8 dequantize;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    return check_same_shape(step);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.dequantize, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const kernels::DequantizeI8 dequantize{
        inputs[0].bytes(),  inputs[0].stride,       output.data, output.stride, output.channels,
        step.input().scale, step.input().zero_point};
    return Call{run, store.keep(Args{table.dequantize_i8, dequantize, output.width}), output.height,
                0}
        .by(table.dequantize_i8);
}

}  // namespace

extern const Op dequantize_op;
constexpr Op dequantize_op{
    "dequantize", check, prepare, nullptr, {ElementType::U8, ElementType::F32}};

}  // namespace tarsier::infer
