// SPDX-License-Identifier: Apache-2.0
#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

void copy_before(Graph& graph, std::size_t i) {
    Node copy;
    copy.op = "clamp";
    copy.name = graph.nodes[i].name;
    copy.inputs = {graph.nodes[i].inputs[0]};
    const Value shape = graph.values.at(copy.inputs[0]);
    copy.output = graph.fresh(copy.name + "/copy");
    graph.values[copy.output] = {shape.channels, shape.height, shape.width, {}, 0};
    graph.nodes[i].inputs[0] = copy.output;
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i), std::move(copy));
}

}  // namespace

void resolve_views(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        const bool slice = graph.nodes[i].op == "slice";
        if (!slice && graph.nodes[i].op != "reshape") {
            ++i;
            continue;
        }
        const Value source = graph.values.at(graph.nodes[i].inputs[0]);
        const bool own = source.root.empty();
        const bool source_is_slice = !own && source.same_size(graph.values.at(source.root));
        // A slice of a slice is one, and memory reshaped twice is; the other two are not.
        if (!own && slice != source_is_slice) {
            copy_before(graph, i);
            ++i;
            continue;
        }
        const Node& node = graph.nodes[i];
        Value& out = graph.values.at(node.output);
        out.root = own ? node.inputs[0] : source.root;
        if (slice)
            out.first_channel =
                source.first_channel + static_cast<int>(node.number("first_channel", 0));
        graph.erase(&node);
    }
}

}  // namespace tarsier::infer::convert
