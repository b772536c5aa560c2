// SPDX-License-Identifier: Apache-2.0
// Floats to levels: rounded to the nearest, to the even one of two.
#include <cmath>

#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::quantize_i8) kernel;
    kernels::QuantizeI8 quantize;
    std::ptrdiff_t width;
};

float factor(const StepView& step) { return static_cast<float>(step.step().number("factor", 0)); }

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    TARSIER_CHECK(check_same_shape(step));
    if (std::isnormal(factor(step)) && factor(step) > 0) return Ok{};
    return step.error("its factor is no positive number");
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.quantize, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const kernels::QuantizeI8 quantize{inputs[0].data,          inputs[0].stride, output.bytes(),
                                       output.stride,           output.channels,  factor(step),
                                       step.output().zero_point};
    return Call{run, store.keep(Args{table.quantize_i8, quantize, output.width}), output.height, 0}
        .by(table.quantize_i8);
}

}  // namespace

extern const Op quantize_op;
constexpr Op quantize_op{"quantize", check, prepare, nullptr, {ElementType::F32, ElementType::U8}};

}  // namespace tarsier::infer
