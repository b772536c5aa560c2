// SPDX-License-Identifier: Apache-2.0
// Pools and means.
#include <algorithm>

#include "onnx_window.h"
#include "ops/window.h"

namespace tarsier::infer::convert {
namespace {

Status read_pool(NodeReader& node, const char* op) {
    if (node.node().output_size() > 1 && !node.node().output(1).empty())
        return node.unsupported("the places of the largest values");
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const Operand in, node.picture(0));
    TARSIER_TRY(const Window window, read_window(node, input.dims, {}, kMaxPoolKernel));
    Node out;
    out.op = op;
    out.inputs = {in.name};
    window.set(out);
    for (const Axis& axis : window.axes)
        if (axis.dilation != 1 || axis.before >= axis.kernel || axis.after >= axis.kernel)
            return node.unsupported("a dilated window, or more padding than window");
    if (node.integer("count_include_pad", 0) != 0) {
        if (node.integer("ceil_mode", 0) != 0)
            return node.unsupported("counted padding together with ceil_mode");
        out.attributes["count_padding"] = 1;
    }
    return node.set_picture(std::move(out), window.outputs(input.dims, in.shape.channels));
}

/// Over all rows, all columns, or both.
Status add_span(NodeReader& node, const char* op, const Dims& dims, bool rows, bool columns) {
    TARSIER_TRY(const Operand in, node.picture(0));
    Node out;
    out.op = op;
    out.inputs = {in.name};
    Window window;
    if (rows) window.axes[0].kernel = in.shape.height;
    if (columns) window.axes[1].kernel = in.shape.width;
    window.set(out);
    return node.set_picture(std::move(out), window.outputs(dims, in.shape.channels));
}

Status read_global(NodeReader& node, const char* op) {
    TARSIER_TRY(const View input, node.tensor(0));
    return add_span(node, op, input.dims, true, true);
}

/// The mean over any dimensions: they become the channels of a 1x1 convolution.
Status add_mean(NodeReader& node, const View& input, const std::vector<bool>& reduced) {
    std::vector<std::size_t> order;
    for (const bool wanted : {false, true})
        for (std::size_t i = 0; i < reduced.size(); ++i)
            if (reduced[i] == wanted) order.push_back(i);
    Dims rows;
    std::int64_t count = 1;
    for (std::size_t i = 0; i < reduced.size(); ++i) {
        if (reduced[i])
            count *= input.dims[i];
        else
            rows.push_back(input.dims[i]);
    }
    auto turned = transposed(input, order);
    if (!turned) return node.unsupported("these axes");
    // A dimension of one keeps the rows apart from what is averaged.
    turned->dims = {elements(rows), count};
    TARSIER_TRY(const Operand in, node.in_memory(*turned, Layout::Plain));
    if (in.shape.channels != count) return node.unsupported("a mean of one row only");
    Node out;
    out.op = "conv1x1";
    out.inputs = {in.name};
    out.weights.assign(static_cast<std::size_t>(count), 1.0F / static_cast<float>(count));
    out.bias = {0.0F};
    Value shape = in.shape;
    shape.channels = 1;
    const std::string value = node.add(std::move(out), shape);
    return node.set_output(whole(value, shape, rows, Layout::Plain));
}

}  // namespace

Status read_max_pool(NodeReader& node) { return read_pool(node, "max_pool"); }
Status read_average_pool(NodeReader& node) { return read_pool(node, "average_pool"); }
Status read_global_max_pool(NodeReader& node) { return read_global(node, "max_pool"); }
Status read_global_average_pool(NodeReader& node) { return read_global(node, "average_pool"); }

Status read_reduce_mean(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const auto axes, node.numbers(1, "axes"));
    std::vector<bool> reduced(input.dims.size(), !axes);
    for (const std::int64_t axis : axes.value_or(Dims{})) {
        TARSIER_TRY(const std::size_t i, node.axis(axis, input.dims.size()));
        reduced[i] = true;
    }
    Dims kept;
    for (std::size_t i = 0; i < reduced.size(); ++i) {
        if (!reduced[i])
            kept.push_back(input.dims[i]);
        else if (node.integer("keepdims", 1) != 0)
            kept.push_back(1);
    }
    const bool of_pixels =
        input.dims.size() == 4 && is_picture(input.dims) && !reduced[0] && !reduced[1];
    TARSIER_CHECK(of_pixels ? add_span(node, "average_pool", input.dims, reduced[2], reduced[3])
                            : add_mean(node, input, reduced));
    View out = node.import().views[node.node().output(0)];
    out.dims = kept;
    return node.set_output(std::move(out));
}

}  // namespace tarsier::infer::convert
