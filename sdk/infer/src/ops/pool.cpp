// SPDX-License-Identifier: Apache-2.0
#include "ops/pool.h"

#include <fmt/format.h>

#include "ops/window.h"

namespace tarsier::infer {
namespace {

struct Args {
    PoolKernel kernel;
    kernels::PoolF32 pool;
};

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.pool, begin, end);
}

}  // namespace

Status check_pool(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    TARSIER_CHECK(step.expect_integer("count_padding", 0, 0, 1));
    TARSIER_CHECK(check_window(step, step.input().channels, kMaxPoolKernel));
    const NetStep& s = step.step();
    for (const char* axis : {"h", "w"})
        TARSIER_CHECK(step.expect_integer(fmt::format("dilation_{}", axis).c_str(), 1, 1, 1));
    for (const char* side : {"pad_top", "pad_bottom", "pad_left", "pad_right"}) {
        const bool vertical = side[4] == 't' || side[4] == 'b';
        const int kernel = s.integer(vertical ? "kernel_h" : "kernel_w", 1);
        TARSIER_CHECK(step.expect_integer(side, 0, 0, kernel - 1));
    }
    return Ok{};
}

Call prepare_pool(PoolKernel kernel, const StepView& step, const Operand& input,
                  const Operand& output, ArgumentStore& store) {
    const NetStep& s = step.step();
    const kernels::PoolF32 pool{.src = input.data,
                                .src_stride = input.stride,
                                .src_height = input.height,
                                .src_width = input.width,
                                .dst = output.data,
                                .dst_stride = output.stride,
                                .dst_width = output.width,
                                .channels = output.channels,
                                .kernel_h = s.integer("kernel_h", 1),
                                .kernel_w = s.integer("kernel_w", 1),
                                .stride_h = s.integer("stride_h", 1),
                                .stride_w = s.integer("stride_w", 1),
                                .pad_top = s.integer("pad_top", 0),
                                .pad_left = s.integer("pad_left", 0),
                                .count_padding = s.integer("count_padding", 0) != 0};
    return Call{run, store.keep(Args{kernel, pool}), output.height, 0}.by(kernel);
}

}  // namespace tarsier::infer
