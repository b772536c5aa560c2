// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine.h"
#include "report.h"

namespace tarsier::peers {

/// What each engine takes, and how much memory, in processes of their own that run nothing else,
/// one after the other, `rounds` times: medians. Engines that cannot run the network are named on
/// standard error.
std::vector<ColdRow> measure_cold(const std::vector<Engine>& engines, const Network& network,
                                  int rounds);

/// What such a process, `peers --cold-process ENGINE TASK`, does. Returns its exit code.
int cold_process(const Engine& engine, const std::string& task);

}  // namespace tarsier::peers
