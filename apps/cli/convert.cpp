// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/convert.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "common/report.h"

namespace tarsier::cli {
namespace {

struct Convert {
    std::string onnx;
    std::string tsr;
    infer::ConvertOptions options;
    std::vector<std::string> metadata;
    std::vector<std::string> states;

    int operator()() {
        if (auto read = split(metadata, "--meta", "KEY=VALUE", options.metadata); !read)
            return apps::report(read.error());
        if (auto read = split(states, "--state", "INPUT=OUTPUT", options.states); !read)
            return apps::report(read.error());
        const auto report = infer::convert_onnx(onnx, tsr, options);
        if (!report) return apps::report(report.error());
        fmt::print("{}: {} operators became {} steps, {:.1f} M multiply-accumulates, {} bytes\n",
                   tsr, report->nodes_in, report->steps_out, report->macs / 1e6, report->bytes);
        return 0;
    }

  private:
    static Status split(const std::vector<std::string>& entries, const char* option,
                        const char* form, std::map<std::string, std::string>& out) {
        for (const std::string& entry : entries) {
            const std::size_t equals = entry.find('=');
            if (equals == std::string::npos || equals == 0)
                return {Code::Usage, fmt::format("{} {}: expected {}", option, entry, form)};
            out[entry.substr(0, equals)] = entry.substr(equals + 1);
        }
        return Ok{};
    }
};

}  // namespace

void add_convert(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("convert", "Converts an ONNX model to .tsr");
    auto convert = std::make_shared<Convert>();
    command->add_option("onnx", convert->onnx, "ONNX model, opset 11 to 17")->required();
    command->add_option("tsr", convert->tsr, "file to write")->required();
    command->add_option("--name", convert->options.name, "name (default: the file's stem)");
    command->add_option("--task", convert->options.task,
                        "matting, landmarks, detection, gesture or keywords");
    command->add_option("--meta", convert->metadata, "KEY=VALUE that the file shall carry");
    command->add_option("--state", convert->states,
                        "INPUT=OUTPUT: the input keeps the output's values for the next run "
                        "(X and X_out of one shape do unasked)");
    command
        ->add_option("--hop", convert->options.hop,
                     "make a network over a signal incremental: new columns per run")
        ->check(CLI::Range(1, 1024));
    command->callback([convert, &exit] { exit.code = (*convert)(); });
}

}  // namespace tarsier::cli
