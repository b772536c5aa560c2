// SPDX-License-Identifier: Apache-2.0
#include "ops/window.h"

namespace tarsier::infer {
namespace {

/// Output pixels along one axis; 0 where the window does not fit.
std::int64_t outputs(std::int64_t length, int kernel, int stride, int dilation, int pads) {
    const std::int64_t reach = std::int64_t{kernel - 1} * dilation + 1;
    return length + pads < reach ? 0 : (length + pads - reach) / stride + 1;
}

std::int64_t outputs(const NetStep& s, const char* axis, const char* before, const char* after,
                     int length) {
    const std::string suffix = axis;
    return outputs(length, s.integer("kernel_" + suffix, 1), s.integer("stride_" + suffix, 1),
                   s.integer("dilation_" + suffix, 1), s.integer(before, 0) + s.integer(after, 0));
}

}  // namespace

Status check_window(const StepView& step, int channels, int max_kernel) {
    for (const char* key : {"kernel_h", "kernel_w", "stride_h", "stride_w"})
        TARSIER_CHECK(step.expect_integer(key, 1, 1, max_kernel));
    for (const char* key : {"dilation_h", "dilation_w"})
        TARSIER_CHECK(step.expect_integer(key, 1, 1, 1024));
    for (const char* key : {"pad_top", "pad_left", "pad_bottom", "pad_right"})
        TARSIER_CHECK(step.expect_integer(key, 0, 0, 65536));
    TARSIER_CHECK(step.expect_clamp());
    const NetStep& s = step.step();
    return step.expect_output(outputs(s, "h", "pad_top", "pad_bottom", step.input().height),
                              outputs(s, "w", "pad_left", "pad_right", step.input().width),
                              channels);
}

Reach window_reach(const StepView& step) {
    const NetStep& s = step.step();
    return {s.integer("stride_h", 1), s.integer("pad_top", 0),
            (s.integer("kernel_h", 1) - 1) * s.integer("dilation_h", 1) + 1};
}

kernels::ConvF32 window_args(const StepView& step, const Operand& input, const Operand& output) {
    const NetStep& s = step.step();
    return {.src = input.data,
            .src_stride = input.stride,
            .src_height = input.height,
            .src_width = input.width,
            .dst = output.data,
            .dst_stride = output.stride,
            .dst_width = output.width,
            .weights = step.constant(0),
            .bias = step.constant(1),
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
            .min = step.min(),
            .max = step.max()};
}

}  // namespace tarsier::infer
