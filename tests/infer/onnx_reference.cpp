// SPDX-License-Identifier: Apache-2.0
#include "onnx_reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarsier::infer {
namespace {

const onnx::AttributeProto* find(const onnx::NodeProto& node, const char* name) {
    for (const auto& attribute : node.attribute())
        if (attribute.name() == name) return &attribute;
    return nullptr;
}

std::vector<int> ints(const onnx::NodeProto& node, const char* name, std::vector<int> otherwise) {
    const auto* found = find(node, name);
    return found ? std::vector<int>(found->ints().begin(), found->ints().end()) : otherwise;
}

std::string text(const onnx::NodeProto& node, const char* name, const char* otherwise) {
    const auto* found = find(node, name);
    return found ? found->s() : otherwise;
}

using Arrays = std::map<std::string, const onnx::TensorProto*>;

Planes conv(const onnx::NodeProto& node, const Planes& in, const Arrays& arrays) {
    const onnx::TensorProto& w = *arrays.at(node.input(1));
    const int outputs = int(w.dims(0)), per_group = int(w.dims(1));
    const int kh = int(w.dims(2)), kw = int(w.dims(3));
    const auto strides = ints(node, "strides", {1, 1});
    const auto dilations = ints(node, "dilations", {1, 1});
    auto pads = ints(node, "pads", {0, 0, 0, 0});
    const std::string same = text(node, "auto_pad", "NOTSET");
    const auto total = [&](int length, int kernel, int axis) {
        const auto i = static_cast<std::size_t>(axis);
        const int out = (length + strides[i] - 1) / strides[i];
        return std::max(0, (out - 1) * strides[i] + (kernel - 1) * dilations[i] + 1 - length);
    };
    if (same == "SAME_UPPER" || same == "SAME_LOWER") {
        const int v = total(in.height, kh, 0), h = total(in.width, kw, 1);
        pads = {v / 2, h / 2, v - v / 2, h - h / 2};
        if (same == "SAME_LOWER") pads = {pads[2], pads[3], pads[0], pads[1]};
    }
    const int groups = in.channels / per_group;
    Planes out;
    out.channels = outputs;
    out.height = (in.height + pads[0] + pads[2] - (kh - 1) * dilations[0] - 1) / strides[0] + 1;
    out.width = (in.width + pads[1] + pads[3] - (kw - 1) * dilations[1] - 1) / strides[1] + 1;
    out.values.resize(static_cast<std::size_t>(outputs * out.height * out.width));
    for (int o = 0; o < outputs; ++o)
        for (int y = 0; y < out.height; ++y)
            for (int x = 0; x < out.width; ++x) {
                double sum = node.input_size() > 2 ? arrays.at(node.input(2))->float_data(o) : 0.0F;
                for (int i = 0; i < per_group; ++i)
                    for (int ky = 0; ky < kh; ++ky)
                        for (int kx = 0; kx < kw; ++kx) {
                            const int sy = y * strides[0] - pads[0] + ky * dilations[0];
                            const int sx = x * strides[1] - pads[1] + kx * dilations[1];
                            if (sy < 0 || sx < 0 || sy >= in.height || sx >= in.width) continue;
                            const int channel = o / (outputs / groups) * per_group + i;
                            sum += double{in.at(channel, sy, sx)} *
                                   w.float_data(((o * per_group + i) * kh + ky) * kw + kx);
                        }
                out.at(o, y, x) = static_cast<float>(sum);
            }
    return out;
}

template <class F>
Planes map_values(Planes in, const F& f) {
    for (float& value : in.values) value = f(value);
    return in;
}

Planes clip(const onnx::NodeProto& node, const Planes& in, const Arrays& arrays) {
    float low = -std::numeric_limits<float>::infinity(), high = -low;
    if (const auto* a = find(node, "min")) low = a->f();
    if (const auto* a = find(node, "max")) high = a->f();
    if (node.input_size() > 1 && !node.input(1).empty())
        low = arrays.at(node.input(1))->float_data(0);
    if (node.input_size() > 2) high = arrays.at(node.input(2))->float_data(0);
    return map_values(in, [&](float x) { return std::min(std::max(x, low), high); });
}

Planes batch_norm(const onnx::NodeProto& node, Planes in, const Arrays& arrays) {
    const auto* epsilon = find(node, "epsilon");
    const auto p = [&](int i, int c) { return double{arrays.at(node.input(i))->float_data(c)}; };
    for (int c = 0; c < in.channels; ++c)
        for (int i = 0; i < in.height * in.width; ++i) {
            float& x = in.values[static_cast<std::size_t>(c * in.height * in.width + i)];
            x = static_cast<float>(
                (x - p(3, c)) / std::sqrt(p(4, c) + (epsilon ? epsilon->f() : 1e-5F)) * p(1, c) +
                p(2, c));
        }
    return in;
}

Planes concat(const std::vector<const Planes*>& inputs) {
    Planes out = *inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) {
        out.channels += inputs[i]->channels;
        out.values.insert(out.values.end(), inputs[i]->values.begin(), inputs[i]->values.end());
    }
    return out;
}

double source(double x, int in, int out, const std::string& coordinates) {
    if (coordinates == "asymmetric") return x * in / out;
    if (coordinates == "align_corners") return out > 1 ? x * (in - 1) / (out - 1) : 0;
    return (x + 0.5) * in / out - 0.5;
}

Planes resize(const onnx::NodeProto& node, const Planes& in, const Arrays& arrays) {
    Planes out = in;
    if (node.input_size() > 3) {
        out.height = int(arrays.at(node.input(3))->int64_data(2));
        out.width = int(arrays.at(node.input(3))->int64_data(3));
    } else {
        out.height = int(static_cast<float>(in.height) * arrays.at(node.input(2))->float_data(2));
        out.width = int(static_cast<float>(in.width) * arrays.at(node.input(2))->float_data(3));
    }
    out.values.resize(static_cast<std::size_t>(out.channels * out.height * out.width));
    const std::string coordinates = text(node, "coordinate_transformation_mode", "half_pixel");
    const bool linear = text(node, "mode", "nearest") == "linear";
    for (int c = 0; c < out.channels; ++c)
        for (int y = 0; y < out.height; ++y)
            for (int x = 0; x < out.width; ++x) {
                double sy = source(y, in.height, out.height, coordinates);
                double sx = source(x, in.width, out.width, coordinates);
                if (!linear) sy = std::floor(sy), sx = std::floor(sx);  // the tests ask for floor
                sy = std::clamp(sy, 0.0, in.height - 1.0);
                sx = std::clamp(sx, 0.0, in.width - 1.0);
                const int y0 = int(sy), x0 = int(sx);
                const int y1 = std::min(y0 + 1, in.height - 1), x1 = std::min(x0 + 1, in.width - 1);
                const double fy = sy - y0, fx = sx - x0;
                out.at(c, y, x) = static_cast<float>(
                    (1 - fy) * ((1 - fx) * in.at(c, y0, x0) + fx * in.at(c, y0, x1)) +
                    fy * ((1 - fx) * in.at(c, y1, x0) + fx * in.at(c, y1, x1)));
            }
    return out;
}

/// Before opset 13, with the axis at the channels, softmax ran over all values.
Planes softmax_of_all(Planes in) {
    double sum = 0;
    for (const float x : in.values) sum += std::exp(double{x});
    for (float& x : in.values) x = static_cast<float>(std::exp(double{x}) / sum);
    return in;
}

Planes softmax(Planes in) {
    for (int y = 0; y < in.height; ++y)
        for (int x = 0; x < in.width; ++x) {
            double sum = 0;
            for (int c = 0; c < in.channels; ++c) sum += std::exp(double{in.at(c, y, x)});
            for (int c = 0; c < in.channels; ++c)
                in.at(c, y, x) = static_cast<float>(std::exp(double{in.at(c, y, x)}) / sum);
        }
    return in;
}

/// Of channels, forwards, with the starts, ends and steps as constants of one value.
Planes slice(const onnx::NodeProto& node, const Planes& in, const Arrays& arrays) {
    const auto number = [&](int i) { return int(arrays.at(node.input(i))->int64_data(0)); };
    Planes out{0, in.height, in.width, {}};
    const auto plane = std::ptrdiff_t{in.height} * in.width;
    for (int c = number(1); c < std::min(number(2), in.channels); c += number(4), ++out.channels)
        out.values.insert(out.values.end(), in.values.begin() + c * plane,
                          in.values.begin() + (c + 1) * plane);
    return out;
}

Planes add(const onnx::NodeProto& node, const std::map<std::string, Planes>& values,
           const Arrays& arrays) {
    Planes out = values.at(node.input(0));
    if (const auto constant = arrays.find(node.input(1)); constant != arrays.end()) {
        for (int c = 0; c < out.channels; ++c)
            for (int i = 0; i < out.height * out.width; ++i)
                out.values[static_cast<std::size_t>(c * out.height * out.width + i)] +=
                    constant->second->float_data(constant->second->float_data_size() > 1 ? c : 0);
        return out;
    }
    const Planes& b = values.at(node.input(1));
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += b.values[i];
    return out;
}

}  // namespace

std::map<std::string, Planes> evaluate(const onnx::ModelProto& model,
                                       std::map<std::string, Planes> values) {
    Arrays arrays;
    for (const auto& tensor : model.graph().initializer()) arrays[tensor.name()] = &tensor;
    for (const auto& node : model.graph().node()) {
        const std::string& op = node.op_type();
        if (op == "Constant") {
            arrays[node.output(0)] = &node.attribute(0).t();
            continue;
        }
        const Planes& in = values[node.input(0)];
        std::vector<const Planes*> all;
        for (const auto& name : node.input()) all.push_back(&values[name]);
        Planes& out = values[node.output(0)];
        if (op == "Conv") out = conv(node, in, arrays);
        if (op == "Clip") out = clip(node, in, arrays);
        if (op == "Relu") out = map_values(in, [](float x) { return std::max(x, 0.0F); });
        if (op == "Sigmoid") out = map_values(in, [](float x) { return 1 / (1 + std::exp(-x)); });
        if (op == "Identity") out = in;
        if (op == "BatchNormalization") out = batch_norm(node, in, arrays);
        if (op == "Concat") out = concat(all);
        if (op == "Slice") out = slice(node, in, arrays);
        if (op == "Resize") out = resize(node, in, arrays);
        const bool old = model.opset_import(0).version() < 13;
        if (op == "Softmax") out = old ? softmax_of_all(in) : softmax(in);
        if (op == "Add") out = add(node, values, arrays);
    }
    return values;
}

OnnxBuilder::OnnxBuilder(int opset) {
    model.set_ir_version(7);
    model.add_opset_import()->set_version(opset);
    model.mutable_graph()->set_name("test");
}

std::string OnnxBuilder::input(const std::string& name, int channels, int height, int width) {
    auto* info = model.mutable_graph()->add_input();
    info->set_name(name);
    auto* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const int dim : {1, channels, height, width})
        type->mutable_shape()->add_dim()->set_dim_value(dim);
    return name;
}

void OnnxBuilder::output(const std::string& name) {
    auto* info = model.mutable_graph()->add_output();
    info->set_name(name);
    info->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
}

onnx::NodeProto& OnnxBuilder::node(const std::string& op, const std::vector<std::string>& inputs,
                                   const std::string& output) {
    auto* node = model.mutable_graph()->add_node();
    node->set_op_type(op);
    node->set_name("node_" + output);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    return *node;
}

std::string OnnxBuilder::slice(const std::string& in, int first, int end, int step) {
    const std::string name = fresh("slice");
    node("Slice", {in, integers({first}), integers({end}), integers({1}), integers({step})}, name);
    return name;
}

std::string OnnxBuilder::fresh(const std::string& like) { return like + std::to_string(++names_); }

std::string OnnxBuilder::floats(std::vector<std::int64_t> dims, std::vector<float> values) {
    auto* tensor = model.mutable_graph()->add_initializer();
    tensor->set_name(fresh("w"));
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t dim : dims) tensor->add_dims(dim);
    for (const float value : values) tensor->add_float_data(value);
    return tensor->name();
}

std::string OnnxBuilder::integers(std::vector<std::int64_t> values) {
    auto* tensor = model.mutable_graph()->add_initializer();
    tensor->set_name(fresh("n"));
    tensor->set_data_type(onnx::TensorProto::INT64);
    tensor->add_dims(static_cast<std::int64_t>(values.size()));
    for (const std::int64_t value : values) tensor->add_int64_data(value);
    return tensor->name();
}

std::string OnnxBuilder::random(std::vector<std::int64_t> dims, float scale, float offset) {
    std::size_t count = 1;
    for (const std::int64_t dim : dims) count *= static_cast<std::size_t>(dim);
    std::uniform_real_distribution<float> value(-scale, scale);
    std::vector<float> values(count);
    for (float& x : values) x = offset + value(engine_);
    return floats(std::move(dims), std::move(values));
}

std::string OnnxBuilder::conv(const std::string& in, int in_channels, int out_channels, int kernel,
                              int group, int stride, int dilation, const std::vector<int>& pads) {
    const std::string out = fresh("conv");
    const std::string w = random({out_channels, in_channels / group, kernel, kernel}, 0.5F);
    const std::string b = random({out_channels}, 0.5F);
    auto& n = node("Conv", {in, w, b}, out);
    set(n, "group", group);
    set(n, "strides", std::vector<int>{stride, stride});
    set(n, "dilations", std::vector<int>{dilation, dilation});
    set(n, "pads", pads);
    return out;
}

std::string OnnxBuilder::batch_norm(const std::string& in, int channels) {
    const std::string out = fresh("bn");
    std::vector<std::string> inputs = {in};
    inputs.push_back(random({channels}, 0.5F, 1));
    inputs.push_back(random({channels}, 0.5F));
    inputs.push_back(random({channels}, 0.5F));
    inputs.push_back(random({channels}, 0.4F, 1));
    node("BatchNormalization", inputs, out);
    return out;
}

std::string OnnxBuilder::relu6(const std::string& in) {
    const std::string out = fresh("clip");
    const std::string low = floats({}, {0});
    const std::string high = floats({}, {6});
    node("Clip", {in, low, high}, out);
    return out;
}

std::string OnnxBuilder::resize(const std::string& in, float scale, const std::string& mode,
                                const std::string& coordinates) {
    const std::string out = fresh("resize");
    const std::string scales = floats({4}, {1, 1, scale, scale});
    auto& n = node("Resize", {in, "", scales}, out);
    set(n, "mode", mode);
    set(n, "coordinate_transformation_mode", coordinates);
    if (mode == "nearest") set(n, "nearest_mode", std::string("floor"));
    return out;
}

std::string OnnxBuilder::concat(const std::vector<std::string>& inputs) {
    const std::string out = fresh("concat");
    set(node("Concat", inputs, out), "axis", 1);
    return out;
}

void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
}

void set(onnx::NodeProto& node, const std::string& name, const std::string& value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::STRING);
    attribute->set_s(value);
}

void set(onnx::NodeProto& node, const std::string& name, const std::vector<int>& values) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (const int value : values) attribute->add_ints(value);
}

}  // namespace tarsier::infer
