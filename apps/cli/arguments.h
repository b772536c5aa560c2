// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/graph.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace tarsier::cli {

/// The graph and its parameters as given on the command line; shared by `run` and `check`.
struct GraphArguments {
    std::string graph;
    std::vector<std::string> assignments;  ///< name=value

    void declare(CLI::App& command);
    /// Usage when an assignment has no '='.
    Result<Params> params() const;
    /// A path as given, or the graph of this name in assets/graphs.
    std::filesystem::path file() const;
};

}  // namespace tarsier::cli
