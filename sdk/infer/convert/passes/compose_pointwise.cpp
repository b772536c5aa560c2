// SPDX-License-Identifier: Apache-2.0
#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

void compose(Node& first, const Node& second) {
    const std::size_t middle = first.bias.size();
    const std::size_t inputs = first.weights.size() / middle;
    const std::size_t outputs = second.bias.size();
    std::vector<float> weights(outputs * inputs);
    std::vector<float> bias(outputs);
    std::vector<double> row(inputs);
    for (std::size_t out = 0; out < outputs; ++out) {
        row.assign(inputs, 0.0);
        double sum = second.bias[out];
        for (std::size_t m = 0; m < middle; ++m) {
            const double factor = second.weights[out * middle + m];
            for (std::size_t in = 0; in < inputs; ++in)
                row[in] += factor * first.weights[m * inputs + in];
            sum += factor * first.bias[m];
        }
        for (std::size_t in = 0; in < inputs; ++in)
            weights[out * inputs + in] = static_cast<float>(row[in]);
        bias[out] = static_cast<float>(sum);
    }
    first.weights = std::move(weights);
    first.bias = std::move(bias);
    first.attributes = second.attributes;
    first.output = second.output;
}

}  // namespace

void compose_pointwise(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size();) {
        Node& second = graph.nodes[i];
        Node* first = second.op == "conv1x1" ? graph.producer(second.inputs[0]) : nullptr;
        const bool fits =
            first && first->op == "conv1x1" && !first->clamped() && graph.uses(first->output) == 1;
        const std::size_t composed =
            fits ? first->weights.size() / first->bias.size() * second.bias.size() : 0;
        if (!fits || composed > first->weights.size() + second.weights.size()) {
            ++i;
            continue;
        }
        compose(*first, second);
        graph.erase(&second);
    }
}

}  // namespace tarsier::infer::convert
