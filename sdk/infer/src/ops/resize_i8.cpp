// SPDX-License-Identifier: Apache-2.0
// A resize of levels by linear interpolation or by the nearest pixel.
#include <cmath>

#include "ops/resize.h"

namespace tarsier::infer {
namespace {

constexpr float kWeight = 128;

struct Args {
    decltype(kernels::Table::resize_i8) kernel;
    kernels::ResizeI8 resize;
    std::vector<kernels::ResizeTapI8> rows;
    std::vector<kernels::ResizeTapI8> columns;
};

Status check(const StepView& step) {
    if (!step.input().same_levels(step.output()))
        return step.error("its input and its output have different scales");
    return check_resize(step);
}

/// The weights in 1/128.
std::vector<kernels::ResizeTapI8> taps(int inputs, int outputs, const NetStep& step) {
    std::vector<kernels::ResizeTapI8> out;
    for (const kernels::ResizeTap& tap :
         resize_taps(inputs, outputs, step.integer("coordinates", 0), step.integer("nearest", 0)))
        out.push_back(
            {tap.low, tap.high, static_cast<std::int32_t>(std::lround(tap.weight * kWeight))});
    return out;
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.resize, begin, end);
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    Args args{table.resize_i8,
              {},
              taps(in.height, output.height, step.step()),
              taps(in.width, output.width, step.step())};
    // Moving the vectors into the store keeps their elements where they are.
    args.resize = {in.bytes(),      in.stride,        in.width,
                   output.bytes(),  output.stride,    output.width,
                   output.channels, args.rows.data(), args.columns.data()};
    return Call{run, store.keep(std::move(args)), output.height, 0}.by(table.resize_i8);
}

}  // namespace

extern const Op resize_i8_op;
constexpr Op resize_i8_op{"resize_i8", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
