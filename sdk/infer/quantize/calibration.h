// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "format/net.h"
#include "histogram.h"

namespace tarsier::infer::quantize {

/// What the tensors of a float network hold on the samples.
struct Calibration {
    std::vector<int> groups;            ///< shared_levels()
    std::vector<Histogram> histograms;  ///< by tensor; of a group, at the one that it is known by
    std::vector<std::vector<double>> means;  ///< [tensor with memory of its own][channel]

    /// Runs the samples twice. BadData where a value is not finite.
    static Result<Calibration> measure(const std::shared_ptr<const NetModel>& model,
                                       std::span<const Sample> samples);
};

}  // namespace tarsier::infer::quantize
