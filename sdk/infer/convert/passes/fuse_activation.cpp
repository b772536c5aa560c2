// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "passes/passes.h"

namespace tarsier::infer::convert {

void fuse_activation(Graph& graph) {
    const double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < graph.nodes.size();) {
        Node& clamp = graph.nodes[i];
        Node* source = clamp.op == "clamp" ? graph.producer(clamp.inputs[0]) : nullptr;
        const bool takes_bounds = source && (source->convolves() || source->op == "add" ||
                                             source->op == "mul" || source->op == "clamp");
        if (!takes_bounds || graph.uses(source->output) != 1) {
            ++i;
            continue;
        }
        // clamp(clamp(x, a, b), c, d) = clamp(x, clamp(a, c, d), clamp(b, c, d))
        const double low = clamp.number("min", -infinity);
        const double high = clamp.number("max", infinity);
        source->attributes["min"] = std::clamp(source->number("min", -infinity), low, high);
        source->attributes["max"] = std::clamp(source->number("max", infinity), low, high);
        source->output = clamp.output;
        graph.erase(&clamp);
    }
}

}  // namespace tarsier::infer::convert
