// SPDX-License-Identifier: Apache-2.0
#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

bool is_affine(const Node& node) {
    return node.op == "depthwise" && node.weights.size() == node.bias.size() &&
           node.number("stride_h", 1) == 1 && node.number("stride_w", 1) == 1 &&
           node.number("pad_top", 0) + node.number("pad_left", 0) + node.number("pad_bottom", 0) +
                   node.number("pad_right", 0) ==
               0;
}

void fold(Node& conv, const Node& affine) {
    const std::size_t taps = conv.weights.size() / conv.bias.size();
    for (std::size_t out = 0; out < conv.bias.size(); ++out) {
        const float scale = affine.weights[out];
        for (std::size_t tap = 0; tap < taps; ++tap) conv.weights[out * taps + tap] *= scale;
        conv.bias[out] = conv.bias[out] * scale + affine.bias[out];
    }
    if (affine.attributes.count("min") != 0) conv.attributes["min"] = affine.attributes.at("min");
    if (affine.attributes.count("max") != 0) conv.attributes["max"] = affine.attributes.at("max");
}

}  // namespace

void fold_batch_norm(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        Node& affine = graph.nodes[i];
        Node* conv = is_affine(affine) ? graph.producer(affine.inputs[0]) : nullptr;
        if (!conv || !conv->convolves() || conv->clamped() || graph.uses(conv->output) != 1) {
            ++i;
            continue;
        }
        fold(*conv, affine);
        conv->output = affine.output;
        graph.erase(&affine);
    }
}

}  // namespace tarsier::infer::convert
