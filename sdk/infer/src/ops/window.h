// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// Checks the attributes of a convolution's window (kernel, stride, dilation, pad; bounded, so that
/// no product of them overflows) and that the output has the height and width that follow, and
/// `channels`.
Status check_window(const StepView& step, int channels);

/// The arguments of a convolution that passed its check.
kernels::ConvF32 window_args(const StepView& step, const Operand& input, const Operand& output);

}  // namespace tarsier::infer
