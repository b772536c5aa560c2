// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "integer_net.h"
#include "observer.h"

namespace tarsier::infer::quantize {

/// Signal and noise of values, and how many of them a range clips.
struct Noise {
    double signal = 0;  ///< sum of squares of the float network's values
    double noise = 0;   ///< sum of squares of the differences to them
    double clipped = 0;
    double count = 0;

    /// Signal-to-noise ratio, at most 200.
    double db() const;
};

/// How an integer network differs from the float one.
struct Comparison {
    std::vector<Noise> steps;    ///< of their outputs
    std::vector<Noise> outputs;  ///< of the network

    /// The least ratio of an output, in dB.
    double worst() const;
};

/// Runs both on the samples. With `steps` every step's output is compared, else only the
/// network's.
Result<Comparison> compare(const std::shared_ptr<const NetModel>& reference,
                           const IntegerNet& integer, std::span<const Sample> samples, bool steps);

}  // namespace tarsier::infer::quantize
