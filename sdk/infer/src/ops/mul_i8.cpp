// SPDX-License-Identifier: Apache-2.0
// The product of two tensors of levels. The second may be one pixel, which multiplies all.
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::mul_i8) kernel;
    kernels::MulI8 mul;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(2, 0));
    TARSIER_CHECK(check_same_shape(step));
    TARSIER_CHECK(check_bounds(step));
    TARSIER_CHECK(step.expect_integer("multiplier", 0, 0, (1 << 14) - 1));
    TARSIER_CHECK(step.expect_integer("shift", 0, 0, 30));
    return check_offset(step, "offset",
                        std::int64_t{255 * 255} * step.step().integer("multiplier", 0));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.mul, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const NetStep& s = step.step();
    const Operand& b = inputs[1];
    const kernels::MulI8 mul{.a = inputs[0].bytes(),
                             .a_stride = inputs[0].stride,
                             .b = b.bytes(),
                             .b_stride = b.height == 1 && b.width == 1 ? 0 : b.stride,
                             .dst = output.bytes(),
                             .dst_stride = output.stride,
                             .channels = output.channels,
                             .a_zero_point = step.input(0).zero_point,
                             .b_zero_point = step.input(1).zero_point,
                             .multiplier = s.integer("multiplier", 0),
                             .offset = s.integer("offset", 0),
                             .shift = s.integer("shift", 0),
                             .low = s.integer("low", 0),
                             .high = s.integer("high", 255)};
    return Call{run, store.keep(Args{table.mul_i8, mul, output.width}), output.height, 0}.by(
        table.mul_i8);
}

}  // namespace

extern const Op mul_i8_op;
constexpr Op mul_i8_op{"mul_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
