// SPDX-License-Identifier: Apache-2.0
// A resize by linear interpolation or by the nearest pixel.
#include "ops/resize.h"

#include <algorithm>
#include <cmath>

#include "ops/op.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::resize_f32) kernel;
    kernels::ResizeF32 resize;
    std::vector<kernels::ResizeTap> rows;
    std::vector<kernels::ResizeTap> columns;
};

double source(int x, int inputs, int outputs, int coordinates) {
    const double scale = static_cast<double>(outputs) / inputs;
    switch (coordinates) {
        case kHalfPixel:
            return (x + 0.5) / scale - 0.5;
        case kPytorchHalfPixel:
            return outputs > 1 ? (x + 0.5) / scale - 0.5 : 0;
        case kAlignCorners:
            return outputs > 1 ? x * (inputs - 1.0) / (outputs - 1) : 0;
        default:
            return x / scale;
    }
}

double rounded(double x, int nearest) {
    switch (nearest) {
        case kFloor:
            return std::floor(x);
        case kCeil:
            return std::ceil(x);
        case kRoundPreferFloor:
            return std::ceil(x - 0.5);
        default:
            return std::floor(x + 0.5);
    }
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.resize, begin, end);
}

}  // namespace

Status check_resize(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    TARSIER_CHECK(step.expect_integer("coordinates", 0, 0, kCoordinatesCount - 1));
    TARSIER_CHECK(step.expect_integer("nearest", 0, 0, kNearestCount - 1));
    return step.expect_output(step.output().height, step.output().width, step.input().channels);
}

std::vector<kernels::ResizeTap> resize_taps(int inputs, int outputs, int coordinates, int nearest) {
    std::vector<kernels::ResizeTap> out;
    out.reserve(static_cast<std::size_t>(outputs));
    const double last = inputs - 1;
    for (int i = 0; i < outputs; ++i) {
        double x = source(i, inputs, outputs, coordinates);
        if (nearest != kLinear) x = rounded(x, nearest);
        x = std::clamp(x, 0.0, last);
        const double low = std::floor(x);
        out.push_back({static_cast<std::int32_t>(low),
                       static_cast<std::int32_t>(std::min(low + 1, last)),
                       static_cast<float>(x - low)});
        if (out.back().weight == 0) out.back().high = out.back().low;
    }
    return out;
}

namespace {

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const Operand& in = inputs[0];
    const int coordinates = step.step().integer("coordinates", 0);
    const int nearest = step.step().integer("nearest", 0);
    Args args{table.resize_f32,
              {},
              resize_taps(in.height, output.height, coordinates, nearest),
              resize_taps(in.width, output.width, coordinates, nearest)};
    // Moving the vectors into the store keeps their elements where they are.
    args.resize = {in.data,         in.stride,        in.width,
                   output.data,     output.stride,    output.width,
                   output.channels, args.rows.data(), args.columns.data()};
    return Call{run, store.keep(std::move(args)), output.height, 0}.by(table.resize_f32);
}

}  // namespace

extern const Op resize_op;
constexpr Op resize_op{"resize", check_resize, prepare};

}  // namespace tarsier::infer
