// SPDX-License-Identifier: Apache-2.0
// The sum of two tensors of levels, by a multiplier each. The second may be one pixel, which goes
// with all.
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::add_i8) kernel;
    kernels::AddI8 add;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(2, 0));
    TARSIER_CHECK(check_same_shape(step));
    TARSIER_CHECK(check_bounds(step));
    for (const char* key : {"a_multiplier", "b_multiplier"})
        TARSIER_CHECK(step.expect_integer(key, 0, 0, (1 << 15) - 1));
    TARSIER_CHECK(step.expect_integer("shift", 0, 0, 30));
    const NetStep& s = step.step();
    return check_offset(
        step, "offset",
        std::int64_t{255} * (s.integer("a_multiplier", 0) + s.integer("b_multiplier", 0)));
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.add, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const NetStep& s = step.step();
    const Operand& b = inputs[1];
    const kernels::AddI8 add{.a = inputs[0].bytes(),
                             .a_stride = inputs[0].stride,
                             .b = b.bytes(),
                             .b_stride = b.height == 1 && b.width == 1 ? 0 : b.stride,
                             .dst = output.bytes(),
                             .dst_stride = output.stride,
                             .channels = output.channels,
                             .a_multiplier = s.integer("a_multiplier", 0),
                             .b_multiplier = s.integer("b_multiplier", 0),
                             .offset = s.integer("offset", 0),
                             .shift = s.integer("shift", 0),
                             .low = s.integer("low", 0),
                             .high = s.integer("high", 255)};
    return Call{run, store.keep(Args{table.add_i8, add, output.width}), output.height, 0}.by(
        table.add_i8);
}

}  // namespace

extern const Op add_i8_op;
constexpr Op add_i8_op{"add_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
