// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// The longest side of a window: of a convolution, of a pool (which may span the picture).
inline constexpr int kMaxConvKernel = 64;
inline constexpr int kMaxPoolKernel = 16384;

/// Checks the attributes of a window (kernel, stride, dilation, pad; bounded, so that
/// no product of them overflows) and that the output has the height and width that follow, and
/// `channels`.
Status check_window(const StepView& step, int channels, int max_kernel = kMaxConvKernel);

/// The reach of a window that passed its check.
Reach window_reach(const StepView& step);

/// The arguments of a convolution that passed its check.
kernels::ConvF32 window_args(const StepView& step, const Operand& input, const Operand& output);

}  // namespace tarsier::infer
