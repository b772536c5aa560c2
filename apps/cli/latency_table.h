// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/graph.h>

#include <nlohmann/json.hpp>
#include <string>

namespace tarsier::cli {

/// The table that `tarsier run` ends with: work and age per node, end to end, drops. For people.
std::string latency_table(const GraphStats& stats);

/// The same for programs (`--stats FILE.json`); the names are a contract. Times in milliseconds.
nlohmann::json stats_json(const GraphStats& stats);

}  // namespace tarsier::cli
