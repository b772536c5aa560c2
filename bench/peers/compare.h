// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine.h"
#include "report.h"

namespace tarsier::peers {

struct Turns {
    int rounds = 7;
    double warm_seconds = 0.04;
    double seconds = 0.12;  ///< of measured calls in one engine's turn
};

/// The middle one of some values, of which there is at least one.
double median(std::vector<double> values);

/// Runs a network, in all its precisions, on all engines, which take turns, so that all meet the
/// same moods of the machine.
/// Engines that cannot run it are named on standard error.
std::vector<Row> compare(const std::vector<Engine>& engines, const Network& network, int threads,
                         const Turns& turns);

/// Names on standard error what is left out, and why.
void print_skipped(const std::string& what, const Error& error);

}  // namespace tarsier::peers
