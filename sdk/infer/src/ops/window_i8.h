// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// The arguments of a convolution on levels that passed its check.
kernels::ConvI8 window_args_i8(const StepView& step, const Operand& input, const Operand& output);

/// The arguments of a pool of levels that passed its check; without requant.
kernels::PoolI8 pool_args_i8(const StepView& step, const Operand& input, const Operand& output);

}  // namespace tarsier::infer
