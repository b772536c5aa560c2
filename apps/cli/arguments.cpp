// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"
#include <tarsier/base/assets.h>

namespace tarsier::cli {

void GraphArguments::declare(CLI::App& command) {
    command.add_option("graph", graph, "graph file, or the name of one in assets/graphs")
        ->required();
    command.add_option("-p,--param", assignments, "value for a parameter of the graph")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->take_all();
}

Result<Params> GraphArguments::params() const {
    Params params;
    for (const std::string& assignment : assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0)
            return {Code::Usage, "-p " + assignment + " is no assignment", "write -p NAME=VALUE"};
        params[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    return params;
}

std::filesystem::path GraphArguments::file() const {
    if (const auto found = find_asset("graphs", graph, ".yaml")) return *found;
    return graph;
}

}  // namespace tarsier::cli
