// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// A kernel that works pixel by pixel on one or two tensors.
using EachKernel = void (*)(const kernels::EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);

/// Checks a step of such a kernel: `inputs` tensors of the output's shape, no constants. The second
/// may have one pixel, which goes with every pixel of the first.
Status check_each(const StepView& step, std::size_t inputs);

/// Its call.
Call prepare_each(EachKernel kernel, const StepView& step, std::span<const Operand> inputs,
                  const Operand& output, ArgumentStore& store);

}  // namespace tarsier::infer
