// SPDX-License-Identifier: Apache-2.0
#include "ops/window_i8.h"

#include "ops/requant_i8.h"

namespace tarsier::infer {

kernels::ConvI8 window_args_i8(const StepView& step, const Operand& input, const Operand& output) {
    const NetStep& s = step.step();
    return {.src = input.bytes(),
            .src_stride = input.stride,
            .src_height = input.height,
            .src_width = input.width,
            .src_zero_point = step.input().zero_point,
            .dst = output.bytes(),
            .dst_stride = output.stride,
            .dst_width = output.width,
            .weights = step.constant_as<std::int8_t>(0),
            .in_channels = input.channels,
            .out_channels = output.channels,
            .kernel_h = s.integer("kernel_h", 1),
            .kernel_w = s.integer("kernel_w", 1),
            .stride_h = s.integer("stride_h", 1),
            .stride_w = s.integer("stride_w", 1),
            .dilation_h = s.integer("dilation_h", 1),
            .dilation_w = s.integer("dilation_w", 1),
            .pad_top = s.integer("pad_top", 0),
            .pad_left = s.integer("pad_left", 0),
            .requant = requant_args(step)};
}

kernels::PoolI8 pool_args_i8(const StepView& step, const Operand& input, const Operand& output) {
    const NetStep& s = step.step();
    return {.src = input.bytes(),
            .src_stride = input.stride,
            .src_height = input.height,
            .src_width = input.width,
            .src_zero_point = step.input().zero_point,
            .dst = output.bytes(),
            .dst_stride = output.stride,
            .dst_width = output.width,
            .channels = output.channels,
            .kernel_h = s.integer("kernel_h", 1),
            .kernel_w = s.integer("kernel_w", 1),
            .stride_h = s.integer("stride_h", 1),
            .stride_w = s.integer("stride_w", 1),
            .pad_top = s.integer("pad_top", 0),
            .pad_left = s.integer("pad_left", 0),
            .requant = {}};
}

}  // namespace tarsier::infer
