// SPDX-License-Identifier: Apache-2.0
#include "plan/level_inputs.h"

#include <algorithm>

namespace tarsier::infer {
namespace {

bool is_port(const std::vector<NetPort>& ports, int tensor) {
    return std::any_of(ports.begin(), ports.end(),
                       [&](const NetPort& port) { return port.tensor == tensor; });
}

bool is_state(const Net& net, std::size_t input) {
    return std::any_of(net.states.begin(), net.states.end(), [&](const StateInfo& state) {
        return state.input == static_cast<int>(input);
    });
}

/// The quantize step that alone reads a tensor, and writes one with memory of its own; or the end.
std::vector<NetStep>::iterator only_reader(Net& net, int tensor) {
    const auto reads = [&](const NetStep& step) {
        return std::count(step.inputs.begin(), step.inputs.end(), tensor) != 0;
    };
    const auto found = std::find_if(net.steps.begin(), net.steps.end(), reads);
    const bool rooted = std::any_of(net.tensors.begin(), net.tensors.end(),
                                    [&](const NetTensor& other) { return other.root == tensor; });
    if (found == net.steps.end() || found->op != "quantize" || rooted ||
        net.tensors[static_cast<std::size_t>(tensor)].root >= 0 ||
        net.tensors[static_cast<std::size_t>(found->output)].root >= 0 ||
        is_port(net.outputs, tensor) || is_port(net.outputs, found->output) ||
        std::any_of(found + 1, net.steps.end(), reads))
        return net.steps.end();
    return found;
}

}  // namespace

LevelInputs take_levels(Net net) {
    LevelInputs result{{}, std::vector<float>(net.inputs.size())};
    for (std::size_t i = 0; i < net.inputs.size(); ++i) {
        NetPort& port = net.inputs[i];
        const auto step = only_reader(net, port.tensor);
        if (is_state(net, i) || step == net.steps.end()) continue;
        result.factors[i] = static_cast<float>(step->number("factor", 0));
        port.tensor = step->output;
        port.info.type = ElementType::U8;
        net.steps.erase(step);
    }
    result.net = std::move(net);
    return result;
}

}  // namespace tarsier::infer
