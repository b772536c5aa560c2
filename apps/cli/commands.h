// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace tarsier::cli {

/// The exit code that the chosen command leaves behind.
struct Exit {
    int code = 0;
};

// One function per command, one file per function: declares the options, and the callback does the
// work.
void add_bench(CLI::App& app, Exit& exit);
void add_check(CLI::App& app, Exit& exit);
void add_convert(CLI::App& app, Exit& exit);
void add_eval(CLI::App& app, Exit& exit);
void add_infer(CLI::App& app, Exit& exit);
void add_inspect(CLI::App& app, Exit& exit);
void add_models(CLI::App& app, Exit& exit);
void add_quantize(CLI::App& app, Exit& exit);
void add_run(CLI::App& app, Exit& exit);
void add_schema(CLI::App& app, Exit& exit);

}  // namespace tarsier::cli
