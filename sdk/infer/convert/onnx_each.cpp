// SPDX-License-Identifier: Apache-2.0
// What works value by value: activations, sums, products; and softmax.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "onnx_ops.h"

namespace tarsier::infer::convert {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A node whose output lies in memory as its input does.
Status add_each(NodeReader& node, Node out, const View& view) {
    View made = view;
    const Value shape = node.import().graph.values.at(view.source);
    made.source = node.add(std::move(out), shape);
    return node.set_output(std::move(made));
}

Status add_unary(NodeReader& node, const char* op, std::map<std::string, double> attributes) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const View view, node.covering(input));
    Node out;
    out.op = op;
    out.inputs = {view.source};
    out.attributes = std::move(attributes);
    return add_each(node, std::move(out), view);
}

/// A constant as one value per channel of input i, whose channels are dimension 1 or the last one.
struct PerChannel {
    View view;  ///< of the input, its memory such that these are its channels
    std::vector<float> values;
};

/// Whether a constant, its dimensions aligned at the end of `dims`, differs along `axis` only.
bool varies_along(const Array& constant, const Dims& dims, std::size_t axis) {
    if (constant.dims.size() > dims.size()) return false;
    const std::size_t shift = dims.size() - constant.dims.size();
    for (std::size_t i = 0; i < constant.dims.size(); ++i)
        if (constant.dims[i] != (i + shift == axis ? dims[axis] : 1)) return false;
    return axis >= shift;
}

Result<PerChannel> per_channel(NodeReader& node, const View& input, const Array& constant) {
    PerChannel out;
    Layout layout = Layout::Plain;
    if (constant.size() == 1) {
        TARSIER_TRY(out.view, node.covering(input));
        const Value& shape = node.import().graph.values.at(out.view.source);
        out.values.assign(static_cast<std::size_t>(shape.channels),
                          static_cast<float>(constant.number(0)));
        return out;
    }
    if (is_picture(input.dims) && varies_along(constant, input.dims, 1))
        layout = Layout::Picture;
    else if (input.dims.empty() || !varies_along(constant, input.dims, input.dims.size() - 1))
        return node.unsupported("a constant that is not one value per channel");
    TARSIER_TRY(const Operand in, node.in_memory(input, layout));
    if (static_cast<std::size_t>(in.shape.channels) != constant.size())
        return node.unsupported("a constant that is not one value per channel");
    out.view = whole(in.name, in.shape, input.dims, layout);
    for (std::size_t i = 0; i < constant.size(); ++i)
        out.values.push_back(static_cast<float>(constant.number(i)));
    return out;
}

Status add_affine(NodeReader& node, const PerChannel& channels, std::vector<float> scale,
                  std::vector<float> bias) {
    return add_each(node, affine(channels.view.source, std::move(scale), std::move(bias)),
                    channels.view);
}

/// dims of both, after the rules of broadcasting; empty where they do not fit.
std::optional<Dims> broadcast(const Dims& a, const Dims& b) {
    Dims out(std::max(a.size(), b.size()), 1);
    for (const Dims* dims : {&a, &b})
        for (std::size_t i = 0; i < dims->size(); ++i) {
            std::int64_t& to = out[out.size() - dims->size() + i];
            if ((*dims)[i] == 1) continue;
            if (to != 1 && to != (*dims)[i]) return std::nullopt;
            to = (*dims)[i];
        }
    return out;
}

/// Whether `view` is one pixel of as many channels as the picture `dims`.
bool is_one_pixel(const View& view, const Dims& dims) {
    if (!is_picture(dims) || dims.size() != 4 || view.dims.size() > 4) return false;
    Dims pixel(4 - view.dims.size(), 1);
    pixel.insert(pixel.end(), view.dims.begin(), view.dims.end());
    return pixel == Dims{1, dims[1], 1, 1} && elements(dims) > dims[1];
}

Result<Operand> broadcast_operand(NodeReader& node, const View& view, const Dims& dims,
                                  Layout layout) {
    if (layout == Layout::Picture && is_one_pixel(view, dims)) {
        View pixel = view;
        pixel.dims = {1, dims[1], 1, 1};
        return node.in_memory(pixel, Layout::Picture);
    }
    const auto large = expanded(view, dims);
    if (!large) return node.unsupported("operands of these shapes");
    return node.in_memory(*large, layout);
}

Status add_binary(NodeReader& node, const char* op, View a, View b) {
    Node out;
    out.op = op;
    const Graph& graph = node.import().graph;
    const bool alike = a.dims == b.dims && covers(a, graph.values.at(a.source)) &&
                       covers(b, graph.values.at(b.source)) &&
                       simplified(a.loops) == simplified(b.loops);
    const Value& x = graph.values.at(a.source);
    const Value& y = graph.values.at(b.source);
    if (alike && x.channels == y.channels && x.height == y.height && x.width == y.width) {
        out.inputs = {a.source, b.source};
        return add_each(node, std::move(out), a);
    }
    const auto dims = broadcast(a.dims, b.dims);
    if (!dims || elements(*dims) > kMaxElements)
        return node.damaged("operands of shapes that do not fit");
    if (is_one_pixel(a, *dims)) std::swap(a, b);
    const Layout layout = dims->size() > 2 && is_picture(*dims) ? Layout::Picture : Layout::Plain;
    TARSIER_TRY(const Operand left, broadcast_operand(node, a, *dims, layout));
    TARSIER_TRY(const Operand right, broadcast_operand(node, b, *dims, layout));
    out.inputs = {left.name, right.name};
    return add_each(node, std::move(out), whole(left.name, left.shape, *dims, layout));
}

/// The input that is a tensor and the constant; where both are tensors `constant` is null.
struct Mixed {
    View tensor;
    const Array* constant = nullptr;
    bool constant_first = false;
};

Result<Mixed> mixed(NodeReader& node) {
    Mixed out;
    out.constant_first = node.array(0) != nullptr;
    out.constant = out.constant_first ? node.array(0) : node.array(1);
    TARSIER_TRY(out.tensor, node.tensor(out.constant_first ? 1 : 0));
    return out;
}

std::vector<float> negative(std::vector<float> values) {
    for (float& x : values) x = -x;
    return values;
}

std::vector<float> ones(std::size_t count, float value = 1) {
    return std::vector<float>(count, value);
}

}  // namespace

Status read_relu(NodeReader& node) { return add_unary(node, "clamp", {{"min", 0}}); }

Status read_sigmoid(NodeReader& node) { return add_unary(node, "sigmoid", {}); }

Status read_hard_swish(NodeReader& node) { return add_unary(node, "hard_swish", {}); }

Status read_hard_sigmoid(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const View view, node.covering(input));
    const auto channels =
        static_cast<std::size_t>(node.import().graph.values.at(view.source).channels);
    Node out = affine(view.source, ones(channels, static_cast<float>(node.real("alpha", 0.2))),
                      ones(channels, static_cast<float>(node.real("beta", 0.5))));
    out.attributes = {{"min", 0}, {"max", 1}};
    return add_each(node, std::move(out), view);
}

Status read_clip(NodeReader& node) {
    double bounds[2] = {node.real("min", -kInfinity), node.real("max", kInfinity)};
    for (int i = 0; i < 2; ++i) {
        if (!node.has(i + 1)) continue;
        const Array* bound = node.array(i + 1);
        if (!bound || bound->size() != 1) return node.unsupported("bounds that are not constant");
        bounds[i] = bound->number(0);
    }
    if (!(bounds[0] <= bounds[1])) return node.damaged("its bounds are not ordered");
    return add_unary(node, "clamp", {{"min", bounds[0]}, {"max", bounds[1]}});
}

Status read_leaky_relu(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const View view, node.covering(input));
    Node out;
    out.op = "prelu";
    out.inputs = {view.source};
    out.weights =
        ones(static_cast<std::size_t>(node.import().graph.values.at(view.source).channels),
             static_cast<float>(node.real("alpha", 0.01)));
    return add_each(node, std::move(out), view);
}

Status read_prelu(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    if (!node.array(1)) return node.unsupported("slopes that are not constant");
    TARSIER_TRY(PerChannel channels, per_channel(node, input, *node.array(1)));
    Node out;
    out.op = "prelu";
    out.inputs = {channels.view.source};
    out.weights = std::move(channels.values);
    return add_each(node, std::move(out), channels.view);
}

Status read_add(NodeReader& node) {
    if (node.array(0) && node.array(1)) return fold_arithmetic(node);
    TARSIER_TRY(const Mixed in, mixed(node));
    if (in.constant) {
        TARSIER_TRY(const PerChannel channels, per_channel(node, in.tensor, *in.constant));
        return add_affine(node, channels, ones(channels.values.size()), channels.values);
    }
    TARSIER_TRY(const View other, node.tensor(1));
    return add_binary(node, "add", in.tensor, other);
}

Status read_sub(NodeReader& node) {
    if (node.array(0) && node.array(1)) return fold_arithmetic(node);
    TARSIER_TRY(const Mixed in, mixed(node));
    if (in.constant) {
        TARSIER_TRY(const PerChannel channels, per_channel(node, in.tensor, *in.constant));
        const std::size_t count = channels.values.size();
        return in.constant_first
                   ? add_affine(node, channels, ones(count, -1), channels.values)
                   : add_affine(node, channels, ones(count), negative(channels.values));
    }
    TARSIER_TRY(const View other, node.tensor(1));
    TARSIER_TRY(View view, node.covering(other));
    const Value shape = node.import().graph.values.at(view.source);
    const auto channels = static_cast<std::size_t>(shape.channels);
    view.source = node.add(affine(view.source, ones(channels, -1), ones(channels, 0)), shape);
    return add_binary(node, "add", in.tensor, view);
}

Status read_mul(NodeReader& node) {
    if (node.array(0) && node.array(1)) return fold_arithmetic(node);
    TARSIER_TRY(const Mixed in, mixed(node));
    if (in.constant) {
        TARSIER_TRY(const PerChannel channels, per_channel(node, in.tensor, *in.constant));
        return add_affine(node, channels, channels.values, ones(channels.values.size(), 0));
    }
    TARSIER_TRY(const View other, node.tensor(1));
    return add_binary(node, "mul", in.tensor, other);
}

Status read_div(NodeReader& node) {
    if (node.array(0) && node.array(1)) return fold_arithmetic(node);
    TARSIER_TRY(const Mixed in, mixed(node));
    if (!in.constant || in.constant_first)
        return node.unsupported("a division by anything but a constant");
    TARSIER_TRY(PerChannel channels, per_channel(node, in.tensor, *in.constant));
    for (float& x : channels.values) {
        if (x == 0) return node.damaged("a division by zero");
        x = 1 / x;
    }
    return add_affine(node, channels, channels.values, ones(channels.values.size(), 0));
}

Status read_softmax(NodeReader& node) {
    TARSIER_TRY(View input, node.tensor(0));
    const Dims dims = input.dims;
    // Before opset 13 softmax ran over all dimensions from the axis on.
    const bool old = node.opset() < 13;
    TARSIER_TRY(const std::size_t axis, node.axis(node.integer("axis", old ? 1 : -1), dims.size()));
    if (old) {
        const auto split = dims.begin() + static_cast<std::ptrdiff_t>(axis);
        const std::int64_t rest = elements(Dims(split, dims.end()));
        if (rest != dims[axis]) input.dims = {elements(dims) / rest, rest};
    }
    const bool flat = input.dims != dims;
    Node out;
    out.op = "softmax";
    if (!flat && axis == 1 && is_picture(dims)) {
        TARSIER_TRY(const Operand in, node.in_memory(input, Layout::Picture));
        out.inputs = {in.name};
        return node.set_picture(std::move(out), dims);
    }
    std::vector<std::size_t> order;  // the axis last
    for (std::size_t i = 0; i < input.dims.size(); ++i)
        if (flat || i != axis) order.push_back(i);
    if (!flat) order.push_back(axis);
    const auto turned = transposed(input, order);
    if (!turned) return node.unsupported("this axis");
    TARSIER_TRY(const Operand in, node.in_memory(*turned, Layout::Plain));
    if (in.shape.channels != turned->dims.back()) return node.unsupported("this axis");
    out.inputs = {in.name};
    const std::string value = node.add(std::move(out), in.shape);
    View made = whole(value, in.shape, turned->dims, Layout::Plain);
    std::vector<std::size_t> back(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) back[order[i]] = i;
    made = *transposed(made, back);
    made.dims = dims;
    return node.set_output(std::move(made));
}

}  // namespace tarsier::infer::convert
