// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

/// Whether the producer of `value` may write into a wider tensor.
bool movable(const Graph& graph, const std::string& value) {
    const Value& shape = graph.values.at(value);
    if (!shape.root.empty() || graph.is_input(value) || graph.is_output(value)) return false;
    // Memory that is read in another shape stays in one piece.
    return std::none_of(graph.values.begin(), graph.values.end(), [&](const auto& entry) {
        return entry.second.root == value && !entry.second.same_size(shape);
    });
}

}  // namespace

void concat_views(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        if (graph.nodes[i].op != "concat") {
            ++i;
            continue;
        }
        const Node concat = graph.nodes[i];
        graph.erase(&graph.nodes[i]);
        int channel = 0;
        for (const std::string& input : concat.inputs) {
            const Value shape = graph.values.at(input);
            if (movable(graph, input)) {
                graph.make_slice(input, concat.output, channel);
            } else {
                Node copy;
                copy.op = "clamp";
                copy.name = concat.name;
                copy.inputs = {input};
                copy.output = graph.fresh(concat.output + "/slice");
                graph.values[copy.output] = {shape.channels, shape.height, shape.width,
                                             concat.output, channel};
                graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i++),
                                   std::move(copy));
            }
            channel += shape.channels;
        }
    }
}

}  // namespace tarsier::infer::convert
