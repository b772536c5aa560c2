// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/convert.h>

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

    int operator()() {
        for (const std::string& entry : metadata) {
            const std::size_t equals = entry.find('=');
            if (equals == std::string::npos || equals == 0)
                return apps::report(
                    make_error(Code::Usage, fmt::format("--meta {}: expected KEY=VALUE", entry)));
            options.metadata[entry.substr(0, equals)] = entry.substr(equals + 1);
        }
        const auto report = infer::convert_onnx(onnx, tsr, options);
        if (!report) return apps::report(report.error());
        fmt::print("{}: {} operators became {} steps, {:.1f} M multiply-accumulates, {} bytes\n",
                   tsr, report->nodes_in, report->steps_out, report->macs / 1e6, report->bytes);
        return 0;
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
    command->callback([convert, &exit] { exit.code = (*convert)(); });
}

}  // namespace tarsier::cli
