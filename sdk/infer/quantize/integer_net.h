// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "calibration.h"
#include "draft.h"
#include "integer_steps.h"
#include "levels.h"

namespace tarsier::infer::quantize {

/// A network of levels, float where a step is to stay so, and where its tensors are in it.
struct IntegerNet {
    std::shared_ptr<const NetModel> model;
    std::vector<int> twins;      ///< by tensor of the draft: the one that holds its values
    std::vector<bool> integer;   ///< by step of the draft
    std::vector<Levels> levels;  ///< by tensor of the draft
};

/// The levels of all tensors of a draft: ranges by `method`, one zero point and scale for tensors
/// that share them, wide enough for every convolution.
std::vector<Levels> choose_levels(const Draft& draft, const Calibration& calibration,
                                  RangeMethod method);

/// A step of a draft with the levels of its tensors.
LeveledStep leveled(const Draft& draft, int step, const std::vector<Levels>& levels);

/// Builds it. Steps of `floats` and those without an integer form stay float; between them and the
/// others stand steps that quantize and dequantize. Inputs and outputs are float.
IntegerNet make_integer(const Draft& draft, const std::vector<Levels>& levels,
                        const std::set<int>& floats, const std::string& name);

}  // namespace tarsier::infer::quantize
