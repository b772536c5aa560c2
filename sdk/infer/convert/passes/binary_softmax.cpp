// SPDX-License-Identifier: Apache-2.0
#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

/// The convolution that makes `value` alone, possibly through linear resizes, which a difference
/// passes unchanged; null where there is none. The resizes are added to `resizes`.
Node* source_of(Graph& graph, const std::string& value, std::vector<Node*>& resizes) {
    Node* node = graph.producer(value);
    while (node && node->interpolates() && graph.uses(node->output) == 1) {
        resizes.push_back(node);
        node = graph.producer(node->inputs[0]);
    }
    const bool fits = node && (node->op == "conv1x1" || node->op == "conv") && !node->clamped() &&
                      graph.uses(node->output) == 1;
    return fits ? node : nullptr;
}

void make_difference(Node& conv) {
    const std::size_t taps = conv.weights.size() / 2;
    for (std::size_t i = 0; i < taps; ++i)
        conv.weights[i] = conv.weights[taps + i] - conv.weights[i];
    conv.weights.resize(taps);
    conv.bias = {conv.bias[1] - conv.bias[0]};
}

}  // namespace

void binary_softmax(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& softmax = graph.nodes[i];
        if (softmax.op != "softmax" || graph.values.at(softmax.output).channels != 2) continue;
        std::vector<Node*> resizes;
        Node* conv = source_of(graph, softmax.inputs[0], resizes);
        if (!conv) continue;
        make_difference(*conv);
        graph.values.at(conv->output).channels = 1;
        for (const Node* resize : resizes) graph.values.at(resize->output).channels = 1;
        softmax.op = "binary_softmax";
    }
}

}  // namespace tarsier::infer::convert
