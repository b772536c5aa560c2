// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "calibration.h"
#include "draft.h"
#include "levels.h"

namespace tarsier::infer::quantize {

/// Bias correction (Nagel et al. 2019, arXiv 1906.04721, section 4.2) with means that were
/// measured: rounded weights move the mean of an output channel by the sum over its inputs of the
/// weight's error times the input's mean, which is taken from the bias. Steps of `floats` keep
/// theirs. Returns the number of layers.
int correct_bias(Draft& draft, const std::vector<Levels>& levels, const Calibration& calibration,
                 const std::set<int>& floats);

}  // namespace tarsier::infer::quantize
