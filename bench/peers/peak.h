// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace tarsier::peers {

/// What one core can do at most with the instructions of a level.
struct Peak {
    std::string level;
    double gmacs = 0;  ///< fp32 multiply-accumulates per second, in 10^9
};

/// The multiply-accumulates per second of a loop that touches no memory, for each level of kernels
/// that has its own, lowest first.
std::vector<Peak> core_peaks();
/// How many times as fast as one such loop `threads` of them together are: `threads` where each has
/// a core of its own, about 1 where all share one.
double scaling(int threads);

}  // namespace tarsier::peers
