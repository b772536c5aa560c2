// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/op.h"

namespace tarsier::infer {

/// Checks what a convolution on levels has besides its window: constants 1 and 2, bias and
/// multipliers, and attributes `fraction`, `low`, `high`. Every sum of `terms` products and a bias
/// fits 32 bits then.
Status check_requant(const StepView& step, std::int64_t terms);

/// Constant 0 is `count` weights of -127..127: with -128 the pairs of products that some kernels
/// add in 16 bits would wrap, and levels of instructions differ.
Status check_weights(const StepView& step, std::int64_t count);

/// The same for packed weights of `taps` taps of `inputs` channels, with zeros behind the last one,
/// since kernels multiply there what lies behind a pixel.
Status check_dense_weights(const StepView& step, std::int64_t taps, std::int64_t inputs);

/// The bounds `low` and `high` of the output, both 0..255 and ordered.
Status check_bounds(const StepView& step);

/// |offset| + `largest` stays below 2^31, where `offset` is an attribute and an integer.
Status check_offset(const StepView& step, const char* key, std::int64_t largest);

/// The shape of input i is the output's; input 1 may have one pixel.
Status check_same_shape(const StepView& step);

/// Of a step that passed its check.
kernels::RequantI8 requant_args(const StepView& step);

}  // namespace tarsier::infer
