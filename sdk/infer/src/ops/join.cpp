// SPDX-License-Identifier: Apache-2.0
// Tensors one after the other along the height or the width. (Along the channels they are slices,
// which is no operator.)
#include "ops/gather.h"
#include "ops/op.h"

namespace tarsier::infer {
namespace {

struct Args {
    std::vector<Operand> inputs;
    Operand output;
    bool columns;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(step.step().inputs.size(), 0));
    TARSIER_CHECK(step.expect_integer("axis", 0, 0, 1));
    const bool columns = step.step().integer("axis", 0) == 1;
    std::int64_t length = 0;
    for (std::size_t i = 0; i < step.step().inputs.size(); ++i) {
        const NetTensor& in = step.input(i);
        const NetTensor& first = step.input(0);
        if (in.channels != first.channels ||
            (columns ? in.height != first.height : in.width != first.width))
            return step.error("its inputs do not fit each other");
        length += columns ? in.width : in.height;
    }
    const NetTensor& first = step.input(0);
    return columns ? step.expect_output(first.height, length, first.channels)
                   : step.expect_output(length, first.width, first.channels);
}

/// A row of an input.
void copy_row(const Operand& from, int y, std::uint8_t* to, std::ptrdiff_t to_stride) {
    const Part row{reinterpret_cast<const std::byte*>(from.data), from.stride_bytes(),
                   static_cast<std::ptrdiff_t>(from.pixel_bytes())};
    const std::ptrdiff_t first = std::ptrdiff_t{y} * from.width;
    gather({&row, 1}, first, first + from.width, reinterpret_cast<std::byte*>(to), to_stride);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    const std::ptrdiff_t stride = a.output.stride_bytes();
    int first = 0;  // of the current input in the output, along the axis
    for (const Operand& in : a.inputs) {
        for (int y = begin; y < end; ++y) {
            const int row = a.columns ? y : y - first;
            if (row < 0 || row >= in.height) continue;
            const std::ptrdiff_t x = a.columns ? first : 0;
            std::uint8_t* to = a.output.bytes() + (std::ptrdiff_t{y} * a.output.width + x) * stride;
            copy_row(in, row, to, stride);
        }
        first += a.columns ? in.width : in.height;
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table&, ArgumentStore& store) {
    const bool columns = step.step().integer("axis", 0) == 1;
    return {run, store.keep(Args{{inputs.begin(), inputs.end()}, output, columns}), output.height,
            0};
}

}  // namespace

extern const Op join_op;
constexpr Op join_op{"join", check, prepare, nullptr, kAnyElements};

}  // namespace tarsier::infer
