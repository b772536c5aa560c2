// SPDX-License-Identifier: Apache-2.0
#include "cli/eval.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/eval_report.h"
#include "common/progress.h"
#include "common/report.h"

namespace tarsier::cli {
namespace {

using Evaluate = Result<Findings> (*)(infer::Session&, const std::filesystem::path&,
                                      const EvalOptions&);

const std::map<std::string, Evaluate>& tasks() {
    static const std::map<std::string, Evaluate> all{
        {"keywords", eval_keywords}, {"landmarks", eval_landmarks}, {"matting", eval_matting}};
    return all;
}

/// "h=0,0" as a group and a point.
Result<std::pair<std::string, apps::Point>> parse_offset(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::size_t comma = text.find(',', equals == std::string::npos ? 0 : equals);
    apps::Point point;
    const auto number = [&](std::size_t begin, std::size_t end, float& value) {
        const auto [at, error] = std::from_chars(text.data() + begin, text.data() + end, value);
        return error == std::errc() && at == text.data() + end;
    };
    if (equals == std::string::npos || equals == 0 || comma == std::string::npos ||
        !number(equals + 1, comma, point.x) || !number(comma + 1, text.size(), point.y))
        return {Code::Usage, fmt::format("--offset {}: expected GROUP=X,Y in pixels", text)};
    return std::pair{text.substr(0, equals), point};
}

struct Eval {
    std::string task;
    std::string model;
    std::string beside;
    std::string dataset;
    std::string report;
    std::vector<std::string> offsets;
    std::vector<std::string> negatives;
    double threshold = 0.8;
    int threads = 1;
    bool json = false;

    Status run() const {
        EvalOptions options;
        for (const std::string& text : offsets) {
            TARSIER_TRY(auto offset, parse_offset(text));
            options.offsets.insert(std::move(offset));
        }
        options.negatives.assign(negatives.begin(), negatives.end());
        options.threshold = threshold;
        TARSIER_TRY(const Evaluated first, evaluate(model, options));
        if (!report.empty()) {
            std::vector<Evaluated> models{first};
            if (!beside.empty()) {
                TARSIER_TRY(Evaluated second, evaluate(beside, options));
                models.push_back(std::move(second));
            }
            TARSIER_CHECK(
                write_eval_report(report, fmt::format("{} on {}", task, dataset), models));
        }
        if (json)
            print_json(first.model, first.findings.parts);
        else
            print_text(first.findings.parts);
        return Ok{};
    }

  private:
    Result<Evaluated> evaluate(const std::string& name, EvalOptions options) const {
        TARSIER_TRY(auto loaded, infer::Model::find(name));
        TARSIER_TRY(auto session, infer::Session::create(loaded, {.threads = threads}));
        apps::ProgressBar bar("measuring " + loaded->name());
        options.progress = [&](double share) { bar.show(share); };
        TARSIER_TRY(Findings findings, tasks().at(task)(*session, dataset, options));
        bar.finish();
        return Evaluated{loaded->name(), std::move(findings)};
    }

    void print_json(const std::string& name, const std::vector<Measures>& parts) const {
        nlohmann::json out{
            {"task", task}, {"model", name}, {"dataset", dataset}, {"n", parts.front().count}};
        for (const auto& [measure, value] : parts.front().values) out["metrics"][measure] = value;
        for (const Measures& part : parts) {
            nlohmann::json& at = out["parts"][part.part];
            at["count"] = part.count;
            for (const auto& [measure, value] : part.values) at[measure] = value;
        }
        fmt::print("{}\n", out.dump(2));
    }

    static void print_text(const std::vector<Measures>& parts) {
        for (const Measures& part : parts) {
            fmt::print("{:<16} {:>6}", part.part, part.count);
            for (const auto& [measure, value] : part.values)
                fmt::print("  {} {:.4f}", measure, value);
            fmt::print("\n");
        }
    }
};

}  // namespace

void add_eval(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("eval", "Measures how well a model does its task");
    auto eval = std::make_shared<Eval>();
    command->add_option("task", eval->task, "keywords, landmarks or matting")
        ->required()
        ->check(CLI::IsMember(tasks()));
    command->add_option("model", eval->model, "name in assets/models or file")->required();
    command
        ->add_option("dataset", eval->dataset,
                     "folder: WORD/* (keywords), img/ and landmarks68.csv (landmarks), image/ and "
                     "mask/ (matting)")
        ->required();
    command->add_option("--offset", eval->offsets,
                        "landmarks: GROUP=X,Y in pixels, added to the annotations of a group "
                        "instead of half a pixel");
    command->add_option(
        "--negatives", eval->negatives,
        "keywords: folders of sound without any of the words; measures words missed "
        "and false alarms while a window slides over everything");
    command
        ->add_option("--threshold", eval->threshold, "keywords: probability at which a word counts")
        ->check(CLI::Range(0.0, 1.0));
    command->add_option("--report", eval->report,
                        "folder for a page with plots and the worst examples: index.html");
    command
        ->add_option("--beside", eval->beside,
                     "another model, measured as well and shown beside it in the report")
        ->needs("--report");
    command->add_option("--threads", eval->threads, "threads that share the work");
    command->add_flag("--json", eval->json, "print the result as JSON");
    command->callback([eval, &exit] {
        const Status status = eval->run();
        exit.code = status ? 0 : apps::report(status.error());
    });
}

}  // namespace tarsier::cli
