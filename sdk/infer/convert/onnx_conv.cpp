// SPDX-License-Identifier: Apache-2.0
// Convolutions, matrix products and batch norms.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "onnx_window.h"
#include "ops/window.h"

namespace tarsier::infer::convert {
namespace {

constexpr std::int64_t kMaxGroups = 256;  ///< that become convolutions of their own

/// A convolution as ONNX describes it, weights [out][in / group][taps].
struct Conv {
    Operand in;
    Dims dims;  ///< of the input
    Window window;
    std::int64_t outputs = 0, group = 1, inputs_per_group = 0;
    std::vector<float> weights, bias;

    std::size_t taps() const {
        return static_cast<std::size_t>(window.axes[0].kernel * window.axes[1].kernel);
    }
};

Node make_node(const Conv& conv, const std::string& input, const char* op) {
    Node node;
    const bool point = conv.window.axes[0].is_point() && conv.window.axes[1].is_point();
    node.op = std::string(op) == "conv" && point ? "conv1x1" : op;
    if (node.op != "conv1x1") conv.window.set(node);
    node.inputs = {input};
    return node;
}

/// One convolution of each group, on slices of the input, into a concatenation of the outputs.
Node add_groups(NodeReader& node, const Conv& conv, const Dims& out_dims) {
    const auto group = static_cast<std::size_t>(conv.group);
    const std::size_t outputs = conv.bias.size() / group;
    const std::size_t weights = conv.weights.size() / group;
    Node concat;
    concat.op = "concat";
    for (std::size_t g = 0; g < group; ++g) {
        Node slice;
        slice.op = "slice";
        slice.inputs = {conv.in.name};
        slice.attributes["first_channel"] =
            static_cast<double>(g * static_cast<std::size_t>(conv.inputs_per_group));
        Value shape = conv.in.shape;
        shape.channels = static_cast<int>(conv.inputs_per_group);
        Node part = make_node(conv, node.add(std::move(slice), shape), "conv");
        const auto first_weight = conv.weights.begin() + static_cast<std::ptrdiff_t>(g * weights);
        part.weights.assign(first_weight, first_weight + static_cast<std::ptrdiff_t>(weights));
        const auto first_bias = conv.bias.begin() + static_cast<std::ptrdiff_t>(g * outputs);
        part.bias.assign(first_bias, first_bias + static_cast<std::ptrdiff_t>(outputs));
        shape = picture_shape(out_dims);
        shape.channels = static_cast<int>(outputs);
        concat.inputs.push_back(node.add(std::move(part), shape));
    }
    return concat;
}

/// The input of a depthwise convolution of several outputs per channel: each channel that often.
Result<Operand> repeat_channels(NodeReader& node, const Conv& conv) {
    View view = whole(conv.in.name, conv.in.shape, conv.dims, Layout::Picture);
    view.loops.insert(view.loops.begin() + 1, {conv.outputs / conv.group, 0, 0});
    view.dims[1] = conv.outputs;
    return node.in_memory(view, Layout::Picture);
}

Status add_conv(NodeReader& node, const Conv& conv) {
    const Dims out_dims = conv.window.outputs(conv.dims, conv.outputs);
    if (!is_picture(out_dims)) return node.unsupported("so many outputs");
    if (conv.group > kMaxGroups && conv.inputs_per_group > 1)
        return node.unsupported(fmt::format("{} groups of several channels", conv.group));
    if (conv.group > 1 && conv.inputs_per_group > 1)
        return node.set_picture(add_groups(node, conv, out_dims), out_dims);
    Operand in = conv.in;
    if (conv.group > 1 && conv.outputs != conv.group) {
        TARSIER_TRY(in, repeat_channels(node, conv));
    }
    Node out = make_node(conv, in.name, conv.group > 1 ? "depthwise" : "conv");
    out.weights = conv.weights;
    out.bias = conv.bias;
    return node.set_picture(std::move(out), out_dims);
}

/// A matrix product with constants [inputs][outputs] is a 1x1 convolution of the rows.
Status add_product(NodeReader& node, const View& rows, std::vector<float> weights,
                   std::vector<float> bias) {
    TARSIER_TRY(const Operand in, node.in_memory(rows, Layout::Plain));
    Dims dims = rows.dims;
    dims.back() = static_cast<std::int64_t>(bias.size());
    const auto shape = plain_shape(dims);
    if (!shape || in.shape.channels != rows.dims.back())
        return node.unsupported("a matrix of this shape");
    Value out_shape = in.shape;
    out_shape.channels = static_cast<int>(bias.size());
    Node out;
    out.op = "conv1x1";
    out.inputs = {in.name};
    out.weights = std::move(weights);
    out.bias = std::move(bias);
    const std::string value = node.add(std::move(out), out_shape);
    return node.set_output(whole(value, out_shape, dims, Layout::Plain));
}

/// [inputs][outputs], or the reverse, as [outputs][inputs] times a factor.
std::vector<float> output_major(const Array& matrix, bool is_already, double factor) {
    const auto rows = static_cast<std::size_t>(matrix.dims[0]);
    const auto columns = static_cast<std::size_t>(matrix.dims[1]);
    std::vector<float> out(matrix.floats.size());
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            out[is_already ? r * columns + c : c * rows + r] =
                static_cast<float>(matrix.floats[r * columns + c] * factor);
    return out;
}

}  // namespace

Node affine(const std::string& input, std::vector<float> scale, std::vector<float> bias) {
    Node out;
    out.op = "depthwise";
    out.weights = std::move(scale);
    out.bias = std::move(bias);
    out.inputs = {input};
    return out;
}

Status read_conv(NodeReader& node) {
    Conv conv;
    const Array* weights = node.array(1);
    if (!weights || weights->floats.empty())
        return node.unsupported("weights that are not constant");
    TARSIER_TRY(const View input, node.tensor(0));
    if (weights->dims.size() < 3 || weights->dims.size() != input.dims.size())
        return node.unsupported("a convolution that is not of one or two dimensions");
    TARSIER_TRY(conv.in, node.picture(0));
    conv.dims = input.dims;
    conv.outputs = weights->dims[0];
    conv.inputs_per_group = weights->dims[1];
    conv.group = node.integer("group", 1);
    if (conv.group < 1 || conv.group > conv.in.shape.channels || conv.outputs < 1 ||
        conv.outputs % conv.group != 0 ||
        conv.inputs_per_group * conv.group != conv.in.shape.channels)
        return node.damaged("its weights do not fit its input");
    TARSIER_TRY(conv.window,
                read_window(node, input.dims, Dims(weights->dims.begin() + 2, weights->dims.end()),
                            kMaxConvKernel));
    conv.weights = weights->floats;
    conv.bias.assign(static_cast<std::size_t>(conv.outputs), 0.0F);
    if (node.has(2)) {
        const Array* bias = node.array(2);
        if (!bias || bias->floats.size() != conv.bias.size())
            return node.damaged("its bias does not fit its weights");
        conv.bias = bias->floats;
    }
    return add_conv(node, conv);
}

Status read_gemm(NodeReader& node) {
    const Array* weights = node.array(1);
    if (!weights || weights->dims.size() != 2 || weights->floats.empty())
        return node.unsupported("weights that are not constant");
    TARSIER_TRY(View rows, node.tensor(0));
    if (rows.dims.size() != 2) return node.damaged("its input is no matrix");
    if (node.integer("transA", 0) != 0) {
        const auto turned = transposed(rows, {1, 0});
        if (!turned) return node.unsupported("transA");
        rows = *turned;
    }
    const bool output_first = node.integer("transB", 0) != 0;
    const std::int64_t inputs = weights->dims[output_first ? 1 : 0];
    const std::int64_t outputs = weights->dims[output_first ? 0 : 1];
    if (rows.dims[1] != inputs) return node.damaged("its weights do not fit its input");
    std::vector<float> bias(static_cast<std::size_t>(outputs), 0.0F);
    if (node.has(2)) {
        const Array* array = node.array(2);
        if (!array || (array->floats.size() != bias.size() && array->floats.size() != 1))
            return node.unsupported("a bias that is not one constant per output");
        for (std::size_t i = 0; i < bias.size(); ++i)
            bias[i] = static_cast<float>(array->floats[array->floats.size() == 1 ? 0 : i] *
                                         node.real("beta", 1));
    }
    return add_product(node, rows, output_major(*weights, output_first, node.real("alpha", 1)),
                       std::move(bias));
}

Status read_matmul(NodeReader& node) {
    const Array* weights = node.array(1);
    if (!weights || weights->dims.size() != 2 || weights->floats.empty())
        return node.unsupported("a product with anything but a constant matrix");
    TARSIER_TRY(const View rows, node.tensor(0));
    if (rows.dims.empty() || rows.dims.back() != weights->dims[0])
        return node.damaged("its weights do not fit its input");
    return add_product(node, rows, output_major(*weights, false, 1),
                       std::vector<float>(static_cast<std::size_t>(weights->dims[1]), 0.0F));
}

Status read_batch_norm(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const Operand in, node.picture(0));
    const auto channels = static_cast<std::size_t>(in.shape.channels);
    for (int i = 1; i <= 4; ++i)
        if (!node.array(i) || node.array(i)->floats.size() != channels)
            return node.damaged("its statistics are not constants of one value per channel");
    if (node.integer("training_mode", 0) != 0) return node.unsupported("training mode");
    const double epsilon = node.real("epsilon", 1e-5);
    std::vector<float> scale(channels);
    std::vector<float> bias(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        const double factor =
            node.array(1)->floats[c] / std::sqrt(double{node.array(4)->floats[c]} + epsilon);
        scale[c] = static_cast<float>(factor);
        bias[c] = static_cast<float>(node.array(2)->floats[c] - node.array(3)->floats[c] * factor);
    }
    return node.set_picture(affine(in.name, std::move(scale), std::move(bias)), input.dims);
}

}  // namespace tarsier::infer::convert
