// SPDX-License-Identifier: Apache-2.0
// Any function of one value, on levels: a table of 256.
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::lookup_i8) kernel;
    kernels::LookupI8 lookup;
    std::ptrdiff_t width;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 1));
    TARSIER_CHECK(step.expect_constant(0, ElementType::U8, 256));
    return check_same_shape(step);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.lookup, begin * a.width, end * a.width);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const kernels::LookupI8 lookup{inputs[0].bytes(), inputs[0].stride,
                                   output.bytes(),    output.stride,
                                   output.channels,   step.constant_as<std::uint8_t>(0)};
    return Call{run, store.keep(Args{table.lookup_i8, lookup, output.width}), output.height, 0}.by(
        table.lookup_i8);
}

}  // namespace

extern const Op lookup_op;
constexpr Op lookup_op{"lookup", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
