// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "passes/passes.h"

namespace tarsier::infer::convert {

void commute_resize(Graph& graph) {
    // The weights of a linear resize sum to one, so an affine map of the channels passes through
    // it.
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& conv = graph.nodes[i];
        if (conv.op != "conv1x1" || conv.clamped()) continue;
        Node* resize = graph.producer(conv.inputs[0]);
        if (!resize || !resize->interpolates() || graph.uses(resize->output) != 1) continue;
        const Value small = graph.values.at(resize->inputs[0]);
        Value& middle = graph.values.at(resize->output);
        if (small.height * small.width >= middle.height * middle.width) continue;
        // conv(resize(x)) becomes resize(conv(x)); the value between them changes its shape.
        const std::string between = resize->output;
        middle = {graph.values.at(conv.output).channels, small.height, small.width, {}, 0};
        conv.inputs[0] = resize->inputs[0];
        resize->inputs[0] = between;
        resize->output = conv.output;
        conv.output = between;
        std::swap(conv, *resize);
        i = 0;  // what is before may commute with another resize now
    }
}

}  // namespace tarsier::infer::convert
