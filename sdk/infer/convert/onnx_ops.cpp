// SPDX-License-Identifier: Apache-2.0
#include "onnx_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/resize.h"

namespace tarsier::infer::convert {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- Conv
// -----------------------------------------------------------------------------------------------

struct Axis {
    std::int64_t kernel, stride, dilation, before, after;
};

/// Fills in before and after where auto_pad says how; SAME is ceil(length / stride) outputs.
void pad_same(Axis& axis, std::int64_t length, bool upper) {
    const std::int64_t outputs = (length + axis.stride - 1) / axis.stride;
    const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
    const std::int64_t total =
        std::max<std::int64_t>(0, (outputs - 1) * axis.stride + reach - length);
    axis.before = upper ? total / 2 : total - total / 2;
    axis.after = total - axis.before;
}

Status read_axes(NodeReader& node, const Array& weights, const Value& in, Axis (&axes)[2]) {
    const Integers kernel = node.integers("kernel_shape", {weights.dims[2], weights.dims[3]});
    const Integers strides = node.integers("strides", {1, 1});
    const Integers dilations = node.integers("dilations", {1, 1});
    const Integers pads = node.integers("pads", {0, 0, 0, 0});
    const std::string auto_pad = node.text("auto_pad", "NOTSET");
    if (kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2 || pads.size() != 4 ||
        kernel[0] != weights.dims[2] || kernel[1] != weights.dims[3])
        return node.damaged("its window does not have two dimensions that fit the weights");
    for (std::size_t i = 0; i < 2; ++i) {
        Axis& axis = axes[i];
        axis = {kernel[i], strides[i], dilations[i], pads[i], pads[i + 2]};
        if (axis.kernel < 1 || axis.kernel > 64 || axis.stride < 1 || axis.stride > 64 ||
            axis.dilation < 1 || axis.dilation > 1024 || axis.before < 0 || axis.before > 65536 ||
            axis.after < 0 || axis.after > 65536)
            return node.unsupported("a window of this size, stride, dilation or padding");
        const std::int64_t length = i == 0 ? in.height : in.width;
        if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER")
            pad_same(axis, length, auto_pad == "SAME_UPPER");
        else if (auto_pad == "VALID")
            axis.before = axis.after = 0;
        else if (auto_pad != "NOTSET")
            return node.damaged("unknown auto_pad " + auto_pad);
        if (length + axis.before + axis.after < (axis.kernel - 1) * axis.dilation + 1)
            return node.damaged("its window is larger than the picture");
    }
    return Ok{};
}

int outputs(const Axis& axis, std::int64_t length) {
    const std::int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
    return static_cast<int>((length + axis.before + axis.after - reach) / axis.stride + 1);
}

bool is_point(const Axis& axis) {
    return axis.kernel == 1 && axis.stride == 1 && axis.before == 0 && axis.after == 0;
}

void set_window(Node& out, const Axis (&axes)[2]) {
    const char* const names[2][5] = {
        {"kernel_h", "stride_h", "dilation_h", "pad_top", "pad_bottom"},
        {"kernel_w", "stride_w", "dilation_w", "pad_left", "pad_right"}};
    for (std::size_t i = 0; i < 2; ++i) {
        const std::int64_t values[5] = {axes[i].kernel, axes[i].stride, axes[i].dilation,
                                        axes[i].before, axes[i].after};
        for (std::size_t j = 0; j < 5; ++j)
            out.attributes[names[i][j]] = static_cast<double>(values[j]);
    }
}

Status read_conv(NodeReader& node) {
    const Value* in = node.value(0);
    const Array* weights = node.array(1);
    if (!in || !weights) return node.unsupported("weights that are not constant");
    if (weights->dims.size() != 4 || weights->floats.empty())
        return node.unsupported("a convolution that is not of two dimensions");
    const std::int64_t out_channels = weights->dims[0];
    const std::int64_t group = node.integer("group", 1);
    if (group < 1 || group > in->channels || weights->dims[1] * group != in->channels)
        return node.damaged("its weights do not fit its input");
    const bool depthwise = group > 1 && group == in->channels && out_channels == group;
    if (group != 1 && !depthwise)
        return node.unsupported(
            fmt::format("{} groups of {} channels each (dense and depthwise are supported)", group,
                        weights->dims[1]));
    Axis axes[2];
    TARSIER_CHECK(read_axes(node, *weights, *in, axes));
    Node out;
    out.weights = weights->floats;
    out.bias.assign(static_cast<std::size_t>(out_channels), 0.0F);
    if (node.has(2)) {
        const Array* bias = node.array(2);
        if (!bias || bias->floats.size() != out.bias.size())
            return node.damaged("its bias does not fit its weights");
        out.bias = bias->floats;
    }
    const bool point = is_point(axes[0]) && is_point(axes[1]);
    out.op = depthwise ? "depthwise" : point ? "conv1x1" : "conv";
    if (out.op != "conv1x1") set_window(out, axes);
    out.inputs = {node.input(0)};
    node.add(std::move(out), {static_cast<int>(out_channels),
                              outputs(axes[0], in->height),
                              outputs(axes[1], in->width),
                              {},
                              0});
    return Ok{};
}

/// scale * x + bias per channel: a depthwise 1x1 convolution, which later folds into the one before
/// it.
void add_affine(NodeReader& node, int input, std::vector<float> scale, std::vector<float> bias) {
    Node out;
    out.op = "depthwise";
    out.weights = std::move(scale);
    out.bias = std::move(bias);
    out.inputs = {node.input(input)};
    const Value shape = *node.value(input);
    node.add(std::move(out), shape);
}

Status read_batch_norm(NodeReader& node) {
    const Value* in = node.value(0);
    if (!in) return node.unsupported("a constant as its input");
    const auto channels = static_cast<std::size_t>(in->channels);
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
    add_affine(node, 0, std::move(scale), std::move(bias));
    return Ok{};
}

// --- Elementwise
// ----------------------------------------------------------------------------------------

Status add_unary(NodeReader& node, const char* op, std::map<std::string, double> attributes) {
    if (!node.value(0)) return node.unsupported("a constant as its input");
    Node out;
    out.op = op;
    out.inputs = {node.input(0)};
    out.attributes = std::move(attributes);
    const Value shape = *node.value(0);
    node.add(std::move(out), shape);
    return Ok{};
}

Status read_relu(NodeReader& node) { return add_unary(node, "clamp", {{"min", 0}}); }

Status read_sigmoid(NodeReader& node) { return add_unary(node, "sigmoid", {}); }

Status read_clip(NodeReader& node) {
    double bounds[2] = {node.real("min", -kInfinity), node.real("max", kInfinity)};
    for (int i = 0; i < 2; ++i) {
        if (!node.has(i + 1)) continue;
        const Array* bound = node.array(i + 1);
        if (!bound || bound->floats.size() != 1)
            return node.unsupported("bounds that are not constant");
        bounds[i] = bound->floats[0];
    }
    if (!(bounds[0] <= bounds[1])) return node.damaged("its bounds are not ordered");
    return add_unary(node, "clamp", {{"min", bounds[0]}, {"max", bounds[1]}});
}

Status read_add(NodeReader& node) {
    for (int i = 0; i < 2; ++i) {
        const Array* array = node.array(i);
        const Value* value = node.value(1 - i);
        if (!array || !value) continue;
        const auto channels = static_cast<std::size_t>(value->channels);
        const bool per_channel =
            array->dims.size() >= 3 && array->dims[array->dims.size() - 3] == value->channels;
        std::vector<float> bias = array->floats;
        if (bias.size() == 1)
            bias.resize(channels, bias[0]);
        else if (bias.size() != channels || !per_channel)
            return node.unsupported("a constant that is not one value per channel");
        add_affine(node, 1 - i, std::vector<float>(channels, 1.0F), std::move(bias));
        return Ok{};
    }
    const Value* a = node.value(0);
    const Value* b = node.value(1);
    if (!a || !b) return node.unsupported("two constants");
    if (a->channels != b->channels || a->height != b->height || a->width != b->width)
        return node.unsupported("operands of different shapes");
    Node out;
    out.op = "add";
    out.inputs = {node.input(0), node.input(1)};
    const Value shape = *a;
    node.add(std::move(out), shape);
    return Ok{};
}

// --- Shapes
// ---------------------------------------------------------------------------------------------

Status read_concat(NodeReader& node) {
    const std::int64_t axis = node.integer("axis", 1);
    if (axis != 1 && axis != -3) return node.unsupported("an axis other than the channels");
    Node out;
    out.op = "concat";
    Value shape;
    for (int i = 0; i < node.node().input_size(); ++i) {
        const Value* in = node.value(i);
        if (!in) return node.unsupported("a constant among its inputs");
        if (i > 0 && (in->height != shape.height || in->width != shape.width))
            return node.damaged("its inputs are of different sizes");
        shape = {shape.channels + in->channels, in->height, in->width, {}, 0};
        out.inputs.push_back(node.input(i));
    }
    if (shape.channels > 65536) return node.unsupported("so many channels");
    node.add(std::move(out), shape);
    return Ok{};
}

Status read_softmax(NodeReader& node) {
    const Value* in = node.value(0);
    if (!in) return node.unsupported("a constant as its input");
    // Before opset 13 softmax ran over all dimensions from the axis on.
    const std::int64_t axis = node.integer("axis", node.opset() < 13 ? 1 : -1);
    const bool vector = in->height == 1 && in->width == 1;
    if (!(axis == 1 || axis == -3) || (node.opset() < 13 && !vector))
        return node.unsupported("an axis other than the channels alone");
    return add_unary(node, "softmax", {});
}

Status resize_modes(NodeReader& node, std::map<std::string, double>& attributes) {
    const std::string coordinates = node.text("coordinate_transformation_mode", "half_pixel");
    const std::string mode = node.text("mode", "nearest");
    const std::string nearest = node.text("nearest_mode", "round_prefer_floor");
    const std::map<std::string, Coordinates> known = {{"asymmetric", kAsymmetric},
                                                      {"half_pixel", kHalfPixel},
                                                      {"align_corners", kAlignCorners},
                                                      {"pytorch_half_pixel", kPytorchHalfPixel}};
    const std::map<std::string, Nearest> roundings = {{"floor", kFloor},
                                                      {"ceil", kCeil},
                                                      {"round_prefer_floor", kRoundPreferFloor},
                                                      {"round_prefer_ceil", kRoundPreferCeil}};
    if (known.count(coordinates) == 0) return node.unsupported("coordinates " + coordinates);
    if (mode != "linear" && mode != "nearest") return node.unsupported("mode " + mode);
    if (mode == "nearest" && roundings.count(nearest) == 0)
        return node.damaged("unknown nearest_mode " + nearest);
    if (node.integer("exclude_outside", 0) != 0) return node.unsupported("exclude_outside");
    attributes["coordinates"] = known.at(coordinates);
    attributes["nearest"] = mode == "linear" ? kLinear : roundings.at(nearest);
    return Ok{};
}

/// The output length along an axis, from the inputs `scales` or `sizes`.
Result<int> resized(NodeReader& node, std::size_t axis, int length) {
    const Array* scales = node.array(2);
    const Array* sizes = node.array(3);
    double exact = 0;
    if (sizes && sizes->integers.size() == 4) {
        exact = static_cast<double>(sizes->integers[axis]);
    } else if (scales && scales->floats.size() == 4) {
        exact = length * double{scales->floats[axis]};
    } else {
        return node.unsupported("scales or sizes that are not four constants");
    }
    // The runtime derives the scale from the shapes, which is only the same where it comes out
    // even.
    if (!(exact >= 1 && exact <= 16384) || std::abs(exact - std::round(exact)) > 1e-3)
        return node.unsupported(fmt::format("{} pixels resized to {}", length, exact));
    return static_cast<int>(std::round(exact));
}

Status read_resize(NodeReader& node) {
    const Value* in = node.value(0);
    if (!in) return node.unsupported("a constant as its input");
    Node out;
    out.op = "resize";
    TARSIER_CHECK(resize_modes(node, out.attributes));
    TARSIER_TRY(const int batch, resized(node, 0, 1));
    TARSIER_TRY(const int channels, resized(node, 1, in->channels));
    TARSIER_TRY(const int height, resized(node, 2, in->height));
    TARSIER_TRY(const int width, resized(node, 3, in->width));
    if (batch != 1 || channels != in->channels) return node.unsupported("resized channels");
    out.inputs = {node.input(0)};
    node.add(std::move(out), {channels, height, width, {}, 0});
    return Ok{};
}

Status read_identity(NodeReader& node) {
    if (node.node().output_size() < 1) return node.damaged("it has no output");
    const std::string& output = node.node().output(0);
    if (const Array* array = node.array(0)) {
        const Array copy = *array;
        node.import().arrays[output] = copy;
    } else if (node.value(0)) {
        node.import().aliases[output] = node.input(0);
    }
    return Ok{};
}

Status read_constant(NodeReader& node) {
    const onnx::AttributeProto* value = node.attribute("value");
    if (node.node().output_size() < 1) return node.damaged("it has no output");
    Array array;
    if (value) {
        TARSIER_TRY(array, read_array(value->t()));
    } else if (const auto* real = node.attribute("value_float")) {
        array.floats = {real->f()};
    } else if (const auto* reals = node.attribute("value_floats")) {
        array.floats.assign(reals->floats().begin(), reals->floats().end());
        array.dims = {static_cast<std::int64_t>(array.floats.size())};
    } else if (const auto* integers = node.attribute("value_ints")) {
        array.integers.assign(integers->ints().begin(), integers->ints().end());
        array.dims = {static_cast<std::int64_t>(array.integers.size())};
    } else {
        return node.unsupported("a constant of this kind");
    }
    node.import().arrays[node.node().output(0)] = std::move(array);
    return Ok{};
}

struct Row {
    std::string_view op_type;
    ReadNode read;
};

constexpr Row kReaders[] = {
    {"Add", read_add},           {"BatchNormalization", read_batch_norm},
    {"Clip", read_clip},         {"Concat", read_concat},
    {"Constant", read_constant}, {"Conv", read_conv},
    {"Dropout", read_identity},  {"Identity", read_identity},
    {"Relu", read_relu},         {"Resize", read_resize},
    {"Sigmoid", read_sigmoid},   {"Softmax", read_softmax},
};

}  // namespace

ReadNode find_reader(std::string_view op_type) {
    for (const Row& row : kReaders)
        if (row.op_type == op_type) return row.read;
    return nullptr;
}

}  // namespace tarsier::infer::convert
