// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/quantize.h>

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/quantize_svg.h"
#include "common/progress.h"
#include "common/report.h"
#include "common/samples.h"

namespace tarsier::cli {
namespace {

using infer::LayerReport;
using infer::QuantizeReport;
using infer::RangeMethod;

const std::map<std::string, RangeMethod>& range_methods() {
    static const std::map<std::string, RangeMethod> methods{{"minmax", RangeMethod::MinMax},
                                                            {"percentile", RangeMethod::Percentile},
                                                            {"mse", RangeMethod::MeanSquareError},
                                                            {"best", RangeMethod::Best}};
    return methods;
}

std::string method_name(RangeMethod method) {
    for (const auto& [name, value] : range_methods())
        if (value == method) return name;
    return "";
}

nlohmann::json to_json(const QuantizeReport& report, const std::string& file) {
    nlohmann::json out{{"file", file},
                       {"bytes", report.bytes},
                       {"samples", report.samples},
                       {"ranges", method_name(report.ranges)},
                       {"equalized_pairs", report.equalized},
                       {"corrected_layers", report.corrected},
                       {"float_layers", report.float_layers},
                       {"outputs_db", report.outputs_db},
                       {"layers", nlohmann::json::array()}};
    for (const LayerReport& layer : report.layers)
        out["layers"].push_back({{"name", layer.name},
                                 {"op", layer.op},
                                 {"shape", layer.shape},
                                 {"integer", layer.integer},
                                 {"sqnr_db", layer.sqnr_db},
                                 {"low", layer.low},
                                 {"high", layer.high},
                                 {"saturated", layer.saturated}});
    return out;
}

Status write_text(const std::string& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (out) return Ok{};
    return {Code::Io, fmt::format("{}: cannot be written", file),
            "is there such a folder, and may you write to it?"};
}

struct Quantize {
    std::string model;
    std::string out;
    std::string calibrate;
    std::string ranges = "best";
    std::string weights_only;
    std::string storage;
    std::string json;
    std::string svg;
    std::size_t samples = 128;
    bool no_equalization = false;
    bool no_bias_correction = false;
    bool layers = false;
    double budget_db = 0;

    Status run() const {
        TARSIER_TRY(const auto loaded, infer::Model::find(model));
        if (!weights_only.empty() || !storage.empty()) return store(loaded);
        if (calibrate.empty())
            return {Code::Usage, "there is nothing to calibrate on",
                    "add --calibrate with a folder of pictures, sound or .npy files, or a graph "
                    "file; or --storage fp16 or --weights-only int8, which need none"};
        TARSIER_TRY(const apps::Samples read, read_calibration(*loaded));
        for (const Error& refused : read.refused) apps::report(refused);
        if (!read.refused.empty())
            fmt::print(stderr, "{} files left out, {} samples taken\n", read.refused.size(),
                       read.list.size());
        apps::ProgressBar bar("quantizing");
        infer::QuantizeOptions options;
        options.ranges = range_methods().at(ranges);
        options.equalize = !no_equalization;
        options.correct_bias = !no_bias_correction;
        options.budget_db = budget_db;
        options.progress = [&](double share) { bar.show(share); };
        TARSIER_TRY(const QuantizeReport report,
                    infer::quantize_model(loaded, read.list, out, options));
        bar.finish();
        print(report);
        if (!json.empty()) TARSIER_CHECK(write_text(json, to_json(report, out).dump(2) + "\n"));
        if (!svg.empty())
            TARSIER_CHECK(write_text(svg, quantize_svg(loaded->name(), report, budget_db)));
        return Ok{};
    }

  private:
    Status store(const std::shared_ptr<const infer::Model>& loaded) const {
        if (!calibrate.empty() || (!weights_only.empty() && !storage.empty()))
            return {Code::Usage, "--calibrate, --weights-only and --storage exclude each other"};
        const auto kind = storage.empty() ? infer::Storage::Int8 : infer::Storage::Float16;
        TARSIER_TRY(const std::size_t bytes, infer::store_small(loaded, kind, out));
        fmt::print("{}: weights stored as {}, {} bytes\n", out, storage.empty() ? "int8" : "fp16",
                   bytes);
        return Ok{};
    }

    Result<apps::Samples> read_calibration(const infer::Model& loaded) const {
        apps::ProgressBar bar("reading");
        apps::SampleOptions options;
        options.most = samples;
        options.progress = [&](double share) { bar.show(share); };
        const bool graph = calibrate.ends_with(".yaml") || calibrate.ends_with(".yml");
        return graph ? apps::run_for_samples(loaded, calibrate, options)
                     : apps::read_samples(loaded, calibrate, options);
    }

    void print(const QuantizeReport& report) const {
        if (layers) print_layers(report);
        fmt::print("{}: {} bytes; {} samples, ranges {}, {} pairs equalized, {} biases corrected\n",
                   out, report.bytes, report.samples, method_name(report.ranges), report.equalized,
                   report.corrected);
        if (report.float_layers > 0)
            fmt::print("{} of {} layers stay float\n", report.float_layers, report.layers.size());
        std::string outputs;
        for (const double db : report.outputs_db) outputs += fmt::format(" {:.1f} dB", db);
        fmt::print("signal to noise at the outputs:{}\n", outputs);
        if (report.float_layers > 0 && out.find("-int8") != std::string::npos)
            fmt::print(stderr,
                       "note: names that end in -int8 promise integer layers only; this one is a "
                       "-mixed model\n");
    }

    static void print_layers(const QuantizeReport& report) {
        fmt::print("{:>7}  {:<5}  {:>9} {:>9}  {:>9}  {:<15} {:<14} {}\n", "SQNR", "form", "from",
                   "to", "saturated", "operator", "output", "layer");
        for (const LayerReport& layer : report.layers)
            fmt::print("{:>4.1f} dB  {:<5}  {:>9.3g} {:>9.3g}  {:>8.3f}%  {:<15} {:<14} {}\n",
                       layer.sqnr_db, layer.integer ? "int8" : "float", layer.low, layer.high,
                       100 * layer.saturated, layer.op, layer.shape, layer.name);
    }
};

}  // namespace

void add_quantize(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand(
        "quantize", "Makes a float model an integer one: int8 weights, 8-bit activations");
    auto quantize = std::make_shared<Quantize>();
    command->add_option("model", quantize->model, "name in assets/models or file")->required();
    command->add_option("out", quantize->out, "file to write, NAME-int8.tsr or NAME-mixed.tsr")
        ->required();
    command->add_option("--calibrate", quantize->calibrate,
                        "folder of pictures, sound or .npy files, or a graph file that makes them");
    command->add_option("--samples", quantize->samples, "to take from it at most (128)")
        ->check(CLI::Range(1, 4096));
    command->add_option("--ranges", quantize->ranges, "minmax, percentile, mse, or the best")
        ->check(CLI::IsMember(range_methods()));
    command->add_flag("--no-equalization", quantize->no_equalization,
                      "leave the channels' scales as they are");
    command->add_flag("--no-bias-correction", quantize->no_bias_correction,
                      "leave the biases as they are");
    command
        ->add_option("--budget", quantize->budget_db,
                     "signal to noise in dB that every output shall reach; what costs most "
                     "stays float until it does")
        ->check(CLI::Range(0.0, 150.0));
    command
        ->add_option("--weights-only", quantize->weights_only,
                     "int8: small weights, float arithmetic; needs no calibration")
        ->check(CLI::IsMember({"int8"}));
    command->add_option("--storage", quantize->storage, "fp16: the same with 16-bit weights")
        ->check(CLI::IsMember({"fp16"}));
    command->add_flag("--layers", quantize->layers, "print what became of every layer");
    command->add_option("--json", quantize->json, "write the report to this file");
    command->add_option("--svg", quantize->svg, "draw it into this file");
    command->callback([quantize, &exit] {
        const Status status = quantize->run();
        exit.code = status ? 0 : apps::report(status.error());
    });
}

}  // namespace tarsier::cli
