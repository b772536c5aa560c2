// SPDX-License-Identifier: Apache-2.0
#include "ops/resize.h"

#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

/// Only without an offset do two steps meet the same source pixels as one.
bool enlarges_evenly(const Graph& graph, const Node& node) {
    const int coordinates = static_cast<int>(node.number("coordinates", kAsymmetric));
    if (!node.interpolates() || coordinates != kAsymmetric) return false;
    const Value& in = graph.values.at(node.inputs[0]);
    const Value& out = graph.values.at(node.output);
    return out.height % in.height == 0 && out.width % in.width == 0;
}

}  // namespace

void merge_resize(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        Node& second = graph.nodes[i];
        Node* first = enlarges_evenly(graph, second) ? graph.producer(second.inputs[0]) : nullptr;
        if (!first || !enlarges_evenly(graph, *first) || graph.uses(first->output) != 1) {
            ++i;
            continue;
        }
        first->output = second.output;
        graph.erase(&second);
    }
}

}  // namespace tarsier::infer::convert
