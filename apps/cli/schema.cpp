// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/graph.h>
#include "cli/commands.h"

#include <cstdio>

namespace tarsier::cli {

void add_schema(CLI::App& app, Exit& exit) {
    CLI::App* command =
        app.add_subcommand("schema", "Prints the JSON Schema of graph files, for editors");
    command->callback([&exit] {
        std::fputs(graph_schema().c_str(), stdout);
        exit.code = 0;
    });
}

}  // namespace tarsier::cli
