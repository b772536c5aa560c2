// SPDX-License-Identifier: Apache-2.0
#include "qdq.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <set>

#include "onnx_proto.h"

namespace tarsier::peers {
namespace {

namespace fs = std::filesystem;

struct Range {
    float low = 0;
    float high = 0;

    void include(const Range& other) {
        low = std::min(low, other.low);
        high = std::max(high, other.high);
    }
    float scale() const { return std::max(high - low, 1e-6F) / 255; }
    int zero_point() const { return static_cast<int>(std::lround(-low / scale())); }
};

using Ranges = std::map<std::string, Range>;

bool one_of(const std::string& name, std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}
bool bounds(const onnx::NodeProto& node) { return one_of(node.op_type(), {"Relu", "Clip"}); }
bool moves(const onnx::NodeProto& node) {
    return one_of(node.op_type(),
                  {"MaxPool", "Resize", "Reshape", "Transpose", "Split", "Slice", "Flatten"});
}

Status save(const onnx::ModelProto& model, const fs::path& file) {
    std::ofstream out(file, std::ios::binary);
    if (out && model.SerializeToOstream(&out)) return Ok{};
    return make_error(Code::Internal, file.string() + ": cannot write");
}

/// The network's values that operators make, with those of its inputs, as one run has them.
Result<Ranges> find_ranges(const Network& network, const Engine& runtime, onnx::ModelProto model,
                           const fs::path& file) {
    Network watched = network;
    watched.onnx = file;
    watched.outputs.clear();
    model.mutable_graph()->clear_output();
    for (const auto& node : model.graph().node()) {
        if (node.op_type() == "Constant") continue;
        for (const std::string& name : node.output()) {
            watched.outputs.push_back(name);
            auto* const output = model.mutable_graph()->add_output();
            output->set_name(name);
            output->mutable_type()->mutable_tensor_type()->set_elem_type(
                onnx::TensorProto_DataType_FLOAT);
        }
    }
    TARSIER_CHECK(save(model, file));
    TARSIER_TRY(auto runner, runtime.load(watched, 1));
    TARSIER_CHECK(runner->run());
    Ranges ranges;
    const auto note = [&](const std::string& name, const std::vector<float>& values) {
        for (const float x : values) ranges[name].include({x, x});
    };
    for (const Input& input : network.inputs) note(input.name, input.values);
    for (std::size_t i = 0; i < watched.outputs.size(); ++i)
        note(watched.outputs[i], runner->output(i));
    return ranges;
}

/// Gives those values one range that have one scale.
void share_ranges(const onnx::GraphProto& graph, Ranges& ranges) {
    const auto merge = [&](const std::vector<std::string>& names) {
        Range range;
        for (const std::string& name : names) range.include(ranges[name]);
        bool changed = false;
        for (const std::string& name : names) {
            Range& old = ranges[name];
            changed = changed || old.low != range.low || old.high != range.high;
            old = range;
        }
        return changed;
    };
    bool changed = true;
    while (changed) {
        changed = false;
        for (const auto& node : graph.node()) {
            std::vector<std::string> names(node.output().begin(), node.output().end());
            if (moves(node))
                names.push_back(node.input(0));
            else if (node.op_type() == "Concat")
                names.insert(names.end(), node.input().begin(), node.input().end());
            else
                continue;
            const auto positive = std::count_if(names.begin(), names.end(), [&](const auto& name) {
                return ranges[name].low >= 0;
            });
            if (moves(node) || positive == 0 || positive == std::ssize(names))
                changed = merge(names) || changed;
        }
    }
}

/// Writes a graph anew, value by value.
class Writer {
  public:
    Writer(const onnx::GraphProto& from, Ranges ranges, onnx::GraphProto& to)
        : from_(from), ranges_(std::move(ranges)), to_(to) {
        for (const auto& tensor : from.initializer()) constants_[tensor.name()] = &tensor;
        for (const auto& node : from.node())
            for (const std::string& input : node.input()) ++uses_[input];
        for (const auto& output : from.output()) ++uses_[output.name()];
    }

    Status write() {
        *to_.mutable_input() = from_.input();
        *to_.mutable_output() = from_.output();
        for (const auto& tensor : from_.initializer()) *to_.add_initializer() = tensor;
        for (const auto& input : from_.input())
            if (constants_.count(input.name()) == 0)
                quantized(input.name(), input.name(), input.name() + "/levels");
        for (int i = 0; i < from_.node_size(); ++i) TARSIER_CHECK(write(from_.node(i)));
        return Ok{};
    }

  private:
    Status write(const onnx::NodeProto& node) {
        // What a bound does, the range of the operator before it does too.
        if (bounds(node) && folded_.count(node.input(0)) != 0) return Ok{};
        if (node.op_type() == "Constant") {
            *to_.add_node() = node;
            return Ok{};
        }
        onnx::NodeProto copy = node;
        if (one_of(node.op_type(), {"Conv", "Gemm"})) TARSIER_CHECK(quantize_weights(copy));
        for (std::string& name : *copy.mutable_input())
            if (is_input(name)) name += "/levels";
        std::vector<std::string> values;
        for (std::string& name : *copy.mutable_output()) {
            const std::string& value = values.emplace_back(bounded(name));
            if (value != name) folded_.insert(name);
            name = value + "/float";
        }
        *to_.add_node() = std::move(copy);
        for (const std::string& value : values) quantized(value, value + "/float", value);
        return Ok{};
    }

    /// The value behind the ReLU or Clip that alone reads `name`, or `name`.
    std::string bounded(const std::string& name) {
        if (uses_[name] != 1) return name;
        for (const auto& node : from_.node())
            if (bounds(node) && node.input(0) == name && ranges_[node.output(0)].low >= 0)
                return node.output(0);
        return name;
    }

    bool is_input(const std::string& name) const {
        return constants_.count(name) == 0 &&
               std::any_of(from_.input().begin(), from_.input().end(),
                           [&](const auto& input) { return input.name() == name; });
    }

    /// from -> QuantizeLinear -> DequantizeLinear -> to, with the range of `value`.
    void quantized(const std::string& value, const std::string& from, const std::string& to) {
        const Range& range = ranges_[value];
        auto& scale = *to_.add_initializer();
        scale.set_name(value + "/scale");
        scale.set_data_type(onnx::TensorProto_DataType_FLOAT);
        scale.add_float_data(range.scale());
        auto& zero = *to_.add_initializer();
        zero.set_name(value + "/zero");
        zero.set_data_type(onnx::TensorProto_DataType_UINT8);
        zero.add_int32_data(range.zero_point());
        add("QuantizeLinear", {from, scale.name(), zero.name()}, value + "/bytes");
        add("DequantizeLinear", {value + "/bytes", scale.name(), zero.name()}, to);
    }

    onnx::NodeProto& add(const char* op, const std::vector<std::string>& inputs,
                         const std::string& output) {
        onnx::NodeProto& node = *to_.add_node();
        node.set_op_type(op);
        node.set_name(output + "/" + op);
        for (const std::string& input : inputs) node.add_input(input);
        node.add_output(output);
        return node;
    }

    static std::vector<float> floats(const onnx::TensorProto& tensor) {
        if (!tensor.has_raw_data()) return {tensor.float_data().begin(), tensor.float_data().end()};
        std::vector<float> values(tensor.raw_data().size() / sizeof(float));
        std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
        return values;
    }

    /// Weights and bias of a node, whose channels are the outermost, become levels.
    Status quantize_weights(onnx::NodeProto& node) {
        const auto found = constants_.find(node.input(1));
        if (found == constants_.end() || found->second->dims_size() < 2)
            return make_error(Code::Unsupported, node.name() + " has weights that vary");
        for (const auto& attribute : node.attribute())
            if (node.op_type() == "Gemm" && attribute.name() == "transA" && attribute.i() != 0)
                return make_error(Code::Unsupported, node.name() + " is transposed");
        const onnx::TensorProto& tensor = *found->second;
        const std::vector<float> weights = floats(tensor);
        const auto channels = static_cast<std::size_t>(tensor.dims(0));
        const std::size_t length = weights.size() / channels;
        std::vector<float> scales(channels);
        std::string levels(weights.size(), '\0');
        for (std::size_t c = 0; c < channels; ++c) {
            float largest = 1e-12F;
            for (std::size_t i = c * length; i < (c + 1) * length; ++i)
                largest = std::max(largest, std::abs(weights[i]));
            scales[c] = largest / 127;
            for (std::size_t i = c * length; i < (c + 1) * length; ++i)
                levels[i] = static_cast<char>(std::lround(weights[i] / scales[c]));
        }
        const std::string name = node.input(1) + "/of " + node.output(0);
        constant(name, onnx::TensorProto_DataType_INT8, tensor, levels, scales);
        if (node.input_size() > 2 && !node.input(2).empty()) {
            const onnx::TensorProto& bias = *constants_.at(node.input(2));
            const float in = ranges_[node.input(0)].scale();
            std::vector<float> bias_scales = scales;
            for (float& scale : bias_scales) scale *= in;
            const std::vector<float> values = floats(bias);
            std::string numbers(values.size() * sizeof(std::int32_t), '\0');
            for (std::size_t i = 0; i < values.size(); ++i) {
                const auto number =
                    static_cast<std::int32_t>(std::lround(values[i] / bias_scales[i]));
                std::memcpy(&numbers[i * sizeof number], &number, sizeof number);
            }
            constant(name + "/bias", onnx::TensorProto_DataType_INT32, bias, numbers, bias_scales);
            node.set_input(2, name + "/bias");
        }
        node.set_input(1, name);
        return Ok{};
    }

    void constant(const std::string& name, int type, const onnx::TensorProto& shape,
                  const std::string& bytes, const std::vector<float>& scales) {
        auto& levels = *to_.add_initializer();
        *levels.mutable_dims() = shape.dims();
        levels.set_name(name + "/bytes");
        levels.set_data_type(type);
        levels.set_raw_data(bytes);
        auto& scale = *to_.add_initializer();
        scale.set_name(name + "/scale");
        scale.set_data_type(onnx::TensorProto_DataType_FLOAT);
        scale.add_dims(static_cast<std::int64_t>(scales.size()));
        for (const float s : scales) scale.add_float_data(s);
        auto& zero = *to_.add_initializer();
        zero.set_name(name + "/zero");
        zero.set_data_type(type);
        zero.add_dims(static_cast<std::int64_t>(scales.size()));
        for (std::size_t i = 0; i < scales.size(); ++i) zero.add_int32_data(0);
        auto& axis = *add("DequantizeLinear", {levels.name(), scale.name(), zero.name()}, name)
                          .add_attribute();
        axis.set_name("axis");
        axis.set_type(onnx::AttributeProto_AttributeType_INT);
        axis.set_i(0);
    }

    const onnx::GraphProto& from_;
    Ranges ranges_;
    onnx::GraphProto& to_;
    std::map<std::string, const onnx::TensorProto*> constants_;
    std::map<std::string, int> uses_;
    std::set<std::string> folded_;
};

}  // namespace

Status write_qdq(const Network& network, const Engine& runtime, const fs::path& to) {
    std::ifstream in(network.onnx, std::ios::binary);
    onnx::ModelProto model;
    if (!in || !model.ParseFromIstream(&in))
        return make_error(Code::BadData, network.onnx.string() + ": no model");
    TARSIER_TRY(Ranges ranges,
                find_ranges(network, runtime, model, fs::path(to).replace_extension(".all.onnx")));
    share_ranges(model.graph(), ranges);
    onnx::ModelProto quantized = model;
    quantized.mutable_graph()->Clear();
    quantized.mutable_graph()->set_name(model.graph().name());
    TARSIER_CHECK(Writer(model.graph(), std::move(ranges), *quantized.mutable_graph()).write());
    return save(quantized, to);
}

}  // namespace tarsier::peers
