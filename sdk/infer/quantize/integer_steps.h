// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "draft.h"
#include "levels.h"

namespace tarsier::infer::quantize {

/// A step of a float network and the levels of its tensors.
struct LeveledStep {
    const NetStep& step;
    const Weights* weights;  ///< of convolutions
    std::vector<Levels> inputs;
    Levels output;
    std::span<const float> slopes{};  ///< of prelu, one for each channel
};

/// Whether the operator of a step has an integer form, for some levels of its tensors.
bool has_integer_form(const NetStep& step);

/// The levels that the integer form of a step gives its output whatever it is; none for most.
std::optional<Levels> fixed_levels(const NetStep& step);

/// The weights of a convolution as its integer form has them: levels times their scale.
std::vector<float> rounded_weights(const LeveledStep& step);

/// The smallest scale of the output for which the step has an integer form, which multiplies sums
/// by less than 1.
double least_scale(const LeveledStep& step);

/// The integer form (docs/quantization.md): operator, attributes and constants, which go to
/// `constants` of `net`; the tensors are those of the float step. Nothing where the levels allow
/// none.
std::optional<NetStep> integer_form(const LeveledStep& step, Net& net, ConstantStore& constants);

/// A step that gives levels of `from` the nearest ones of `to`.
NetStep convert_levels(const Levels& from, const Levels& to, Net& net, ConstantStore& constants);

}  // namespace tarsier::infer::quantize
