// SPDX-License-Identifier: Apache-2.0
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

void optimize(convert::Graph& graph) {
    graph.erase_dead();
    convert::fold_batch_norm(graph);
    convert::fuse_activation(graph);
    convert::merge_resize(graph);
    convert::binary_softmax(graph);
    convert::commute_resize(graph);
    convert::compose_pointwise(graph);
    convert::merge_pointwise(graph);
    convert::concat_views(graph);
}

double total_macs(const Plan& plan) {
    double macs = 0;
    for (const Call& call : plan.calls) macs += call.macs;
    return macs;
}

}  // namespace

Result<ConvertReport> convert_onnx(const std::filesystem::path& onnx,
                                   const std::filesystem::path& tsr,
                                   const ConvertOptions& options) {
    TARSIER_TRY(convert::Graph graph, convert::read_onnx(onnx));
    ConvertReport report;
    report.nodes_in = static_cast<int>(graph.nodes.size());
    optimize(graph);
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
    report.macs = total_macs(plan);
    std::error_code ignored;
    report.bytes = std::filesystem::file_size(tsr, ignored);
    return report;
}

}  // namespace tarsier::infer
