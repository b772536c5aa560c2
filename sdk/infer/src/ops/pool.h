// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// A kernel that slides a window over each channel.
using PoolKernel = void (*)(const kernels::PoolF32& args, int begin, int end);

/// Checks a step of such a kernel: its window, of any size, always meets the picture.
Status check_pool(const StepView& step);

/// Its call.
Call prepare_pool(PoolKernel kernel, const StepView& step, const Operand& input,
                  const Operand& output, ArgumentStore& store);

}  // namespace tarsier::infer
