// SPDX-License-Identifier: Apache-2.0
// Softmax over two channels, given the level of their difference, second minus first: a table has
// the second's level in 1/255; the first's is what is missing to 255.
#include <array>
#include <cstring>

#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

using Pair = std::array<std::uint8_t, 2>;

struct Args {
    Operand input, output;
    std::array<Pair, 256> table;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 1));
    TARSIER_CHECK(step.expect_constant(0, ElementType::U8, 256));
    if (step.input().channels != 1) return step.error("takes one channel");
    TARSIER_CHECK(step.expect_output(step.input().height, step.input().width, 2));
    if (step.output().scale == 1.0F / 255 && step.output().zero_point == 0) return Ok{};
    return step.error("its output must have the scale 1/255 and the zero point 0");
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    const std::ptrdiff_t first = std::ptrdiff_t{begin} * a.output.width;
    const std::ptrdiff_t last = std::ptrdiff_t{end} * a.output.width;
    const std::ptrdiff_t src_step = a.input.stride;
    const std::ptrdiff_t dst_step = a.output.stride;
    const std::uint8_t* src = a.input.bytes() + first * src_step;
    std::uint8_t* dst = a.output.bytes() + first * dst_step;
    const Pair* const table = a.table.data();
    for (std::ptrdiff_t i = first; i < last; ++i, src += src_step, dst += dst_step)
        std::memcpy(dst, table + *src, sizeof(Pair));
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table&, ArgumentStore& store) {
    Args args{inputs[0], output, {}};
    for (std::size_t i = 0; i < args.table.size(); ++i) {
        const std::uint8_t second = step.constant_as<std::uint8_t>(0)[i];
        args.table[i] = {static_cast<std::uint8_t>(255 - second), second};
    }
    return {run, store.keep(args), output.height, 0};
}

}  // namespace

extern const Op binary_softmax_i8_op;
constexpr Op binary_softmax_i8_op{"binary_softmax_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
