// SPDX-License-Identifier: Apache-2.0
#include "lower.h"

#include <algorithm>

#include "format/packing.h"

namespace tarsier::infer::convert {
namespace {

using Arrays = std::vector<std::vector<float>>;
using kernels::kPanel;

std::size_t padded(std::size_t channels) {
    return static_cast<std::size_t>(padded_channels(static_cast<std::int64_t>(channels)));
}

/// [out][in][taps] to panels: [ceil(out/16)][taps][in][16].
std::vector<float> pack_dense(const Node& node, std::size_t taps) {
    const std::size_t outputs = node.bias.size();
    const std::size_t inputs = node.weights.size() / outputs / taps;
    std::vector<float> packed(padded(outputs) * inputs * taps);
    for (std::size_t out = 0; out < outputs; ++out)
        for (std::size_t in = 0; in < inputs; ++in)
            for (std::size_t tap = 0; tap < taps; ++tap)
                packed[((out / kPanel * taps + tap) * inputs + in) * kPanel + out % kPanel] =
                    node.weights[(out * inputs + in) * taps + tap];
    return packed;
}

/// [channel][taps] to [taps][channels, padded].
std::vector<float> pack_depthwise(const Node& node) {
    const std::size_t channels = node.bias.size();
    const std::size_t taps = node.weights.size() / channels;
    std::vector<float> packed(padded(channels) * taps);
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t tap = 0; tap < taps; ++tap)
            packed[tap * padded(channels) + channel] = node.weights[channel * taps + tap];
    return packed;
}

class Lowering {
  public:
    explicit Lowering(const Graph& graph) : graph_(graph) {}

    int tensor(const std::string& name) {
        if (const auto found = tensors_.find(name); found != tensors_.end()) return found->second;
        const Value& value = graph_.values.at(name);
        NetTensor tensor;
        tensor.name = name;
        tensor.height = value.height;
        tensor.width = value.width;
        tensor.channels = value.channels;
        tensor.root = value.root.empty() ? -1 : this->tensor(value.root);
        tensor.first_channel = value.first_channel;
        net.tensors.push_back(std::move(tensor));
        return tensors_[name] = static_cast<int>(net.tensors.size()) - 1;
    }

    void step(const Node& node) {
        NetStep step;
        step.op = node.op;
        step.name = node.name;
        for (const std::string& input : node.inputs) step.inputs.push_back(tensor(input));
        step.output = tensor(node.output);
        step.attributes = node.attributes;
        if (node.convolves()) {
            const auto taps =
                static_cast<std::size_t>(node.number("kernel_h", 1) * node.number("kernel_w", 1));
            step.constants = {
                constant(node.op == "depthwise" ? pack_depthwise(node) : pack_dense(node, taps)),
                constant(node.bias)};
        } else if (!node.weights.empty()) {
            step.constants = {constant(node.weights)};
        }
        net.steps.push_back(std::move(step));
    }

    Net net;
    std::shared_ptr<Arrays> arrays = std::make_shared<Arrays>();

  private:
    int constant(std::vector<float> values) {
        values.resize(padded(values.size()));
        arrays->push_back(std::move(values));
        const std::vector<float>& kept = arrays->back();
        NetConstant constant;
        constant.bytes = {reinterpret_cast<const std::uint8_t*>(kept.data()),
                          kept.size() * sizeof(float)};
        constant.count = kept.size();
        net.constants.push_back(constant);
        return static_cast<int>(net.constants.size()) - 1;
    }

    const Graph& graph_;
    std::map<std::string, int> tensors_;
};

const std::string& memory(const Graph& graph, const std::string& value) {
    const Value& shape = graph.values.at(value);
    return shape.root.empty() ? value : shape.root;
}

/// The place of a copy of output `i`: where its memory is read for the last time and still in the
/// caches, but not before the state that it replaces was read, whose memory it can then take.
std::size_t place_of_copy(const Graph& graph, std::size_t i) {
    const std::string& source = memory(graph, graph.outputs[i].value);
    std::string state;
    for (const StateInfo& pair : graph.states)
        if (static_cast<std::size_t>(pair.output) == i)
            state = graph.inputs[static_cast<std::size_t>(pair.input)].value;
    std::size_t last_reader = 0;
    std::size_t earliest = 0;
    for (std::size_t at = 0; at < graph.nodes.size(); ++at) {
        const Node& node = graph.nodes[at];
        if (memory(graph, node.output) == source) earliest = at + 1;
        for (const std::string& input : node.inputs) {
            if (memory(graph, input) == source) last_reader = at;
            if (!state.empty() && memory(graph, input) == state) earliest = at + 1;
        }
    }
    return std::max(earliest, last_reader);
}

/// Outputs have memory of their own: what is a slice, an input or another output is copied.
void separate_outputs(Graph& graph) {
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
        Port& port = graph.outputs[i];
        const Value value = graph.values.at(port.value);
        bool taken = !value.root.empty() || graph.is_input(port.value);
        for (std::size_t j = 0; j < i; ++j) taken = taken || graph.outputs[j].value == port.value;
        if (!taken) continue;
        Node copy;
        copy.op = "clamp";
        copy.name = port.info.name;
        copy.inputs = {port.value};
        copy.output = graph.fresh(port.info.name + "/output");
        graph.values[copy.output] = {value.channels, value.height, value.width, {}, 0};
        const auto place = static_cast<std::ptrdiff_t>(place_of_copy(graph, i));
        port.value = copy.output;
        graph.nodes.insert(graph.nodes.begin() + place, std::move(copy));
    }
}

}  // namespace

std::shared_ptr<const NetModel> lower(Graph graph, std::string name, std::string task,
                                      std::map<std::string, std::string> metadata) {
    separate_outputs(graph);
    Lowering lowering(graph);
    Net& net = lowering.net;
    net.name = std::move(name);
    net.task = std::move(task);
    net.metadata = std::move(metadata);
    for (const Port& port : graph.inputs)
        net.inputs.push_back({port.info, lowering.tensor(port.value)});
    for (const Node& node : graph.nodes) lowering.step(node);
    for (const Port& port : graph.outputs)
        net.outputs.push_back({port.info, lowering.tensor(port.value)});
    net.states = graph.states;
    return std::make_shared<const NetModel>(std::move(net), lowering.arrays);
}

}  // namespace tarsier::infer::convert
