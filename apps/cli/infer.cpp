// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/assets.h>
#include <tarsier/infer/session.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/backend.h"
#include "cli/commands.h"
#include "common/npy.h"
#include "common/report.h"

namespace tarsier::cli {
namespace {

using infer::Session;
using infer::TensorInfo;

/// `name=FILE` on the command line and the input or output that it names.
struct Binding {
    int index = 0;
    std::string file;
};

Result<Binding> bind(const std::string& argument, const std::vector<TensorInfo>& ports,
                     const char* option) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos)
        return {Code::Usage, fmt::format("{} {}: expected name=FILE.npy", option, argument)};
    const std::string name = argument.substr(0, equals);
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        if (ports[i].name == name) return Binding{static_cast<int>(i), argument.substr(equals + 1)};
        names.push_back(ports[i].name);
    }
    return {Code::Usage, fmt::format("{} {}: the model has no '{}'", option, argument, name),
            fmt::format("there are: {}", fmt::join(names, ", "))};
}

struct Infer {
    std::string model;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::string backend = "cpu";
    int threads = 1;

    Status run() const {
        TARSIER_CHECK(check_backend(backend));
        TARSIER_TRY(auto loaded, infer::Model::find(model));
        TARSIER_TRY(auto session, Session::create(loaded, {.threads = threads}));
        TARSIER_TRY(const std::vector<Binding> targets, bind_outputs(*loaded));
        TARSIER_CHECK(read_inputs(*session));
        TARSIER_CHECK(session->run());
        for (const Binding& target : targets) TARSIER_CHECK(write_output(*session, target));
        return Ok{};
    }

  private:
    Result<std::vector<Binding>> bind_outputs(const infer::Model& loaded) const {
        std::vector<Binding> targets;
        for (const std::string& argument : outputs) {
            TARSIER_TRY(Binding target, bind(argument, loaded.outputs(), "--output"));
            targets.push_back(std::move(target));
        }
        return targets;
    }

    Status read_inputs(Session& session) const {
        const auto& ports = session.model().inputs();
        std::vector<bool> given(ports.size(), false);
        for (const std::string& argument : inputs) {
            TARSIER_TRY(const Binding source, bind(argument, ports, "--input"));
            TARSIER_TRY(const apps::NpyArray array, apps::read_npy(source.file));
            const TensorInfo& port = ports[static_cast<std::size_t>(source.index)];
            const auto dims = port.shape.dims();
            if (array.shape != std::vector<std::int64_t>(dims.begin(), dims.end()))
                return {Code::BadData,
                        fmt::format("{}: has the shape {}, '{}' takes {}", source.file,
                                    array.shape_text(), port.name, port.shape.to_string())};
            TARSIER_CHECK(session.set_input(source.index, array.values));
            given[static_cast<std::size_t>(source.index)] = true;
        }
        for (const infer::StateInfo& state : session.model().states())
            given[static_cast<std::size_t>(state.input)] = true;  // zero unless it was given
        for (std::size_t i = 0; i < ports.size(); ++i)
            if (!given[i])
                return {Code::Usage, fmt::format("input '{}' is missing", ports[i].name),
                        fmt::format("add --input {}=FILE.npy ({})", ports[i].name,
                                    ports[i].shape.to_string())};
        return Ok{};
    }

    static Status write_output(Session& session, const Binding& target) {
        const TensorInfo& port = session.model().outputs()[static_cast<std::size_t>(target.index)];
        const auto dims = port.shape.dims();
        apps::NpyArray array;
        array.shape.assign(dims.begin(), dims.end());
        array.values.resize(static_cast<std::size_t>(port.shape.elements()));
        TARSIER_CHECK(session.get_output(target.index, array.values));
        return apps::write_npy(target.file, array);
    }
};

}  // namespace

void add_infer(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("infer", "Runs a model once on .npy files of float32");
    auto infer = std::make_shared<Infer>();
    command->add_option("model", infer->model, "name in assets/models or file")->required();
    command->add_option("--input", infer->inputs,
                        "name=FILE.npy, one for each input (states are zero without)");
    command->add_option("--output", infer->outputs, "name=FILE.npy to write")->required();
    command->add_option("--backend", infer->backend, "cpu or vulkan");
    command->add_option("--threads", infer->threads, "threads that share the work");
    command->callback([infer, &exit] {
        const Status status = infer->run();
        exit.code = status ? 0 : apps::report(status.error());
    });
}

}  // namespace tarsier::cli
