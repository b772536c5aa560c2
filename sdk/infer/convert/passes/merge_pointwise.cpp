// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

/// An output that a concat or the caller wants elsewhere is better written there at once.
bool free_to_move(const Graph& graph, const std::string& value) {
    if (graph.is_output(value)) return false;
    return std::none_of(graph.nodes.begin(), graph.nodes.end(), [&](const Node& node) {
        return node.op == "concat" &&
               std::count(node.inputs.begin(), node.inputs.end(), value) != 0;
    });
}

bool siblings(const Graph& graph, const Node& a, const Node& b) {
    return b.op == "conv1x1" && a.inputs == b.inputs && a.attributes == b.attributes &&
           free_to_move(graph, b.output);
}

void append(Node& to, const Node& from) {
    to.weights.insert(to.weights.end(), from.weights.begin(), from.weights.end());
    to.bias.insert(to.bias.end(), from.bias.begin(), from.bias.end());
}

}  // namespace

void merge_pointwise(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (graph.nodes[i].op != "conv1x1" || !free_to_move(graph, graph.nodes[i].output)) continue;
        std::vector<std::string> slices = {graph.nodes[i].output};
        for (std::size_t j = i + 1; j < graph.nodes.size();) {
            if (!siblings(graph, graph.nodes[i], graph.nodes[j])) {
                ++j;
                continue;
            }
            append(graph.nodes[i], graph.nodes[j]);
            slices.push_back(graph.nodes[j].output);
            graph.erase(&graph.nodes[j]);
        }
        if (slices.size() == 1) continue;
        Node& merged = graph.nodes[i];
        const Value shape = graph.values.at(merged.output);
        merged.output = graph.fresh(merged.name + "/merged");
        graph.values[merged.output] = {
            static_cast<int>(merged.bias.size()), shape.height, shape.width, {}, 0};
        int channel = 0;
        for (const std::string& slice : slices) {
            graph.make_slice(slice, merged.output, channel);
            channel += graph.values.at(slice).channels;
        }
    }
}

}  // namespace tarsier::infer::convert
