// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/kernels/kernels.h>
#include "cli/commands.h"
#include "common/report.h"

#include <cstdio>
#include <exception>

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 failed at run time, 2 usage, 65 bad data or model, 66 input absent,\n"
    "69 service unavailable, 77 permission, 78 graph file wrong, 130 and 143 after a clean drain "
    "on a signal.\n"
    "Environment: TARSIER_ISA caps the instruction-set level, TARSIER_LOG=debug|info|warn|error,\n"
    "TARSIER_ASSETS adds a folder with models/ and graphs/, TARSIER_MEDIA names the folder of "
    "sample media.";

int run(int argc, char** argv) {
    using namespace tarsier;
    CLI::App app{"Tarsier: real-time vision and audio pipelines", "tarsier"};
    app.footer(kExitCodes);
    app.set_version_flag("--version",
                         fmt::format("tarsier {} ({})", TARSIER_VERSION, kernels::level_name()));
    app.require_subcommand(1);
    cli::Exit exit;
    cli::add_run(app, exit);
    cli::add_check(app, exit);
    cli::add_schema(app, exit);
    cli::add_inspect(app, exit);
    cli::add_models(app, exit);
    cli::add_convert(app, exit);
    cli::add_quantize(app, exit);
    cli::add_infer(app, exit);
    cli::add_bench(app, exit);
    cli::add_eval(app, exit);
    if (const char* wrong = kernels::environment_error())
        return apps::report(
            make_error(Code::Usage, wrong, "unset TARSIER_ISA or give one of these"));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Help and version come here too, with exit code 0; every real mistake is a usage error.
        return app.exit(error) == 0 ? 0 : exit_code(Code::Usage);
    }
    return exit.code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return tarsier::exit_code(tarsier::Code::Internal);
    }
}
