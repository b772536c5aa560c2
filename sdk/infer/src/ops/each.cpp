// SPDX-License-Identifier: Apache-2.0
#include "ops/each.h"

namespace tarsier::infer {
namespace {

struct Args {
    EachKernel kernel;
    kernels::EachF32 each;
    std::ptrdiff_t width;
};

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.each, begin * a.width, end * a.width);
}

}  // namespace

Status check_each(const StepView& step, std::size_t inputs) {
    TARSIER_CHECK(step.expect_counts(inputs, 0));
    TARSIER_CHECK(step.expect_clamp());
    for (std::size_t i = 0; i < inputs; ++i) {
        const NetTensor& in = step.input(i);
        if (i == 1 && in.height == 1 && in.width == 1 && in.channels == step.output().channels)
            continue;
        TARSIER_CHECK(step.expect_output(in.height, in.width, in.channels));
    }
    return Ok{};
}

Call prepare_each(EachKernel kernel, const StepView& step, std::span<const Operand> inputs,
                  const Operand& output, ArgumentStore& store) {
    const Operand& a = inputs.front();
    const Operand& b = inputs.back();
    const bool one_pixel = b.height == 1 && b.width == 1;
    const kernels::EachF32 each{.a = a.data,
                                .a_stride = a.stride,
                                .b = b.data,
                                .b_stride = one_pixel ? 0 : b.stride,
                                .dst = output.data,
                                .dst_stride = output.stride,
                                .channels = output.channels,
                                .min = step.min(),
                                .max = step.max()};
    return Call{run, store.keep(Args{kernel, each, output.width}), output.height, 0}.by(kernel);
}

}  // namespace tarsier::infer
