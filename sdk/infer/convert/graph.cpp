// SPDX-License-Identifier: Apache-2.0
#include "graph.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarsier::infer::convert {
namespace {

bool names(const std::vector<Port>& ports, const std::string& value) {
    return std::any_of(ports.begin(), ports.end(),
                       [&](const Port& port) { return port.value == value; });
}

}  // namespace

double Node::number(const std::string& key, double otherwise) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? otherwise : found->second;
}

bool Node::clamped() const {
    const double infinity = std::numeric_limits<double>::infinity();
    return number("min", -infinity) != -infinity || number("max", infinity) != infinity;
}

bool Node::convolves() const { return op == "conv" || op == "conv1x1" || op == "depthwise"; }

bool Node::channelwise() const {
    return op == "depthwise" || op == "average_pool" || op == "max_pool";
}

bool Node::interpolates() const { return op == "resize" && number("nearest", 0) == 0; }

Node* Graph::producer(const std::string& value) {
    const auto found = std::find_if(nodes.begin(), nodes.end(),
                                    [&](const Node& node) { return node.output == value; });
    return found == nodes.end() ? nullptr : &*found;
}

int Graph::uses(const std::string& value) const {
    std::ptrdiff_t count = 0;
    for (const Node& node : nodes)
        count += std::count(node.inputs.begin(), node.inputs.end(), value);
    for (const Port& port : outputs) count += port.value == value;
    return static_cast<int>(count);
}

bool Graph::is_output(const std::string& value) const { return names(outputs, value); }
bool Graph::is_input(const std::string& value) const { return names(inputs, value); }

void Graph::replace_uses(const std::string& from, const std::string& to) {
    for (Node& node : nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    for (Port& port : outputs)
        if (port.value == from) port.value = to;
}

void Graph::erase(const Node* node) { nodes.erase(nodes.begin() + (node - nodes.data())); }

std::string Graph::fresh(const std::string& like) const {
    std::string name = like;
    for (int i = 2; values.count(name) != 0; ++i) name = like + "/" + std::to_string(i);
    return name;
}

void Graph::make_slice(const std::string& value, const std::string& root, int first_channel) {
    for (auto& [name, slice] : values) {
        if (slice.root != value) continue;
        slice.root = root;
        slice.first_channel += first_channel;
    }
    values[value].root = root;
    values[value].first_channel = first_channel;
}

void Graph::erase_dead() {
    for (std::size_t i = nodes.size(); i-- > 0;)
        if (uses(nodes[i].output) == 0) nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(i));
}

}  // namespace tarsier::infer::convert
