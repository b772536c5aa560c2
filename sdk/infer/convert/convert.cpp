// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/convert.h>
#include <tarsier/infer/session.h>

#include "format/verify.h"
#include "format/writer.h"
#include "lower.h"
#include "onnx_file.h"
#include "ops/op.h"
#include "passes/passes.h"
#include "plan/plan.h"

namespace tarsier::infer {
namespace {

Status optimize(convert::Graph& graph, int hop) {
    graph.erase_dead();
    convert::fold_batch_norm(graph);
    convert::fuse_activation(graph);
    convert::merge_resize(graph);
    convert::binary_softmax(graph);
    convert::commute_resize(graph);
    convert::compose_pointwise(graph);
    convert::merge_pointwise(graph);
    if (hop > 0) TARSIER_CHECK(convert::make_incremental(graph, hop));
    convert::read_in_place(graph);
    convert::resolve_views(graph);
    convert::concat_views(graph);
    return Ok{};
}

/// The number of the port of this name.
Result<int> find_port(const std::vector<convert::Port>& ports, const std::string& name,
                      const char* kind) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        if (ports[i].info.name == name) return static_cast<int>(i);
        names.push_back(ports[i].info.name);
    }
    return {Code::Usage, fmt::format("the model has no {} '{}'", kind, name),
            fmt::format("there are: {}", fmt::join(names, ", "))};
}

/// States by their names: those that the caller gives, and every `X` with an `X_out` of its shape.
Status find_states(convert::Graph& graph, const std::map<std::string, std::string>& given) {
    for (const auto& [in, out] : given) {
        StateInfo state;
        TARSIER_TRY(state.input, find_port(graph.inputs, in, "input"));
        TARSIER_TRY(state.output, find_port(graph.outputs, out, "output"));
        const Shape& shape = graph.inputs[static_cast<std::size_t>(state.input)].info.shape;
        const Shape& made = graph.outputs[static_cast<std::size_t>(state.output)].info.shape;
        if (!(shape == made))
            return {Code::Usage, fmt::format("'{}' ({}) cannot keep '{}' ({})", in,
                                             shape.to_string(), out, made.to_string())};
        graph.states.push_back(state);
    }
    for (std::size_t i = 0; i < graph.inputs.size(); ++i)
        for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
            const TensorInfo& in = graph.inputs[i].info;
            const TensorInfo& out = graph.outputs[o].info;
            if (given.count(in.name) == 0 && out.name == in.name + "_out" && in.shape == out.shape)
                graph.states.push_back({static_cast<int>(i), static_cast<int>(o)});
        }
    return Ok{};
}

double total_macs(const Plan& plan, std::size_t steps) {
    double macs = 0;
    for (std::size_t i = 0; i < steps; ++i) macs += plan.calls[i].macs;
    return macs;
}

}  // namespace

Result<ConvertReport> convert_onnx(const std::filesystem::path& onnx,
                                   const std::filesystem::path& tsr,
                                   const ConvertOptions& options) {
    TARSIER_TRY(convert::Graph graph, convert::read_onnx(onnx));
    ConvertReport report;
    report.nodes_in = static_cast<int>(graph.nodes.size());
    TARSIER_CHECK(optimize(graph, options.hop));
    TARSIER_CHECK(find_states(graph, options.states));
    const auto model =
        convert::lower(std::move(graph), options.name.empty() ? tsr.stem().string() : options.name,
                       options.task, options.metadata);
    // What is written must be what the runtime takes.
    if (auto status = verify(model->net()); !status) {
        status.error().message = onnx.string() + ": " + status.error().message;
        return std::move(status.error());
    }
    TARSIER_TRY(const Plan plan, make_plan(model->net(), kernels::table()));
    TARSIER_CHECK(write_tsr(model->net(), tsr));
    report.steps_out = static_cast<int>(model->net().steps.size());
    report.macs = total_macs(plan, model->net().steps.size());
    std::error_code ignored;
    report.bytes = std::filesystem::file_size(tsr, ignored);
    return report;
}

}  // namespace tarsier::infer
