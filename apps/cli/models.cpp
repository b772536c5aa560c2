// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/assets.h>
#include <tarsier/infer/model.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "common/report.h"

namespace fs = std::filesystem;

namespace tarsier::cli {
namespace {

using infer::Model;
using infer::TensorInfo;

/// The model files there are, by name; of several with one name the first that a search would find.
std::map<std::string, fs::path> model_files() {
    std::map<std::string, fs::path> files;
    for (const fs::path& folder : asset_folders("models")) {
        std::error_code ignored;
        for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end;
             it.increment(ignored))
            if (it->path().extension() == ".tsr")
                files.emplace(it->path().stem().string(), it->path());
    }
    return files;
}

nlohmann::json to_json(const std::vector<TensorInfo>& ports) {
    nlohmann::json list = nlohmann::json::array();
    for (const TensorInfo& port : ports) {
        const auto dims = port.shape.dims();
        list.push_back({{"name", port.name},
                        {"shape", std::vector<std::int64_t>(dims.begin(), dims.end())},
                        {"type", element_name(port.type)}});
    }
    return list;
}

void print_ports(const char* title, const std::vector<TensorInfo>& ports) {
    for (const TensorInfo& port : ports)
        fmt::print("  {:<8} {:<12} {} {}\n", title, port.name, port.shape.to_string(),
                   element_name(port.type));
}

struct Models {
    std::string file;
    bool json = false;

    int operator()() const {
        std::vector<std::shared_ptr<const Model>> models;
        int code = 0;
        const auto keep = [&](Result<std::shared_ptr<const Model>> model) {
            if (model)
                models.push_back(std::move(*model));
            else
                code = apps::report(model.error());
        };
        if (!file.empty()) {
            keep(Model::find(file));
        } else {
            for (const auto& [name, path] : model_files()) keep(Model::load(path));
        }
        if (file.empty() || code == 0) json ? print_json(models) : print_text(models);
        return code;
    }

    static void print_json(const std::vector<std::shared_ptr<const Model>>& models) {
        nlohmann::json list = nlohmann::json::array();
        for (const auto& model : models)
            list.push_back({{"name", model->name()},
                            {"task", model->task()},
                            {"inputs", to_json(model->inputs())},
                            {"outputs", to_json(model->outputs())}});
        fmt::print("{}\n", nlohmann::json{{"models", list}}.dump(2));
    }

    void print_text(const std::vector<std::shared_ptr<const Model>>& models) const {
        for (const auto& model : models) {
            fmt::print("{}  {}\n", model->name(), model->task());
            print_ports("input", model->inputs());
            print_ports("output", model->outputs());
            if (file.empty()) continue;
            for (const auto& [key, value] : model->metadata())
                fmt::print("  {:<16} {}\n", key, value);
        }
    }
};

}  // namespace

void add_models(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("models", "Lists the models, or shows one");
    auto models = std::make_shared<Models>();
    command->add_option("file", models->file, "name in assets/models or file");
    command->add_flag("--json", models->json, "as JSON");
    command->callback([models, &exit] { exit.code = (*models)(); });
}

}  // namespace tarsier::cli
