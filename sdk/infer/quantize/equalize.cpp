// SPDX-License-Identifier: Apache-2.0
#include "equalize.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarsier::infer::quantize {
namespace {

// A channel's scale changes the next pair's; that has settled after some rounds.
constexpr int kRounds = 20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Pair {
    Weights* first;
    Weights* second;
};

/// Whether scaling a channel passes through the step's bounds: none, or zero below.
bool homogeneous(const NetStep& step) {
    const double min = step.number("min", -kInfinity);
    return step.number("max", kInfinity) == kInfinity && (min == 0 || min == -kInfinity);
}

/// Whether a tensor is seen by one step alone and by nothing else.
bool private_between(const Net& net, int tensor) {
    int readers = 0;
    for (const NetStep& step : net.steps)
        readers += static_cast<int>(std::count(step.inputs.begin(), step.inputs.end(), tensor));
    const auto is_port = [&](const NetPort& port) { return port.tensor == tensor; };
    return readers == 1 && net.tensors[static_cast<std::size_t>(tensor)].root < 0 &&
           std::none_of(net.outputs.begin(), net.outputs.end(), is_port) &&
           std::none_of(net.inputs.begin(), net.inputs.end(), is_port) &&
           std::none_of(net.tensors.begin(), net.tensors.end(),
                        [&](const NetTensor& t) { return t.root == tensor; });
}

std::vector<Pair> find_pairs(Draft& draft) {
    std::vector<Pair> pairs;
    for (auto& [i, first] : draft.weights) {
        const NetStep& step = draft.net.steps[static_cast<std::size_t>(i)];
        if (!homogeneous(step) || !private_between(draft.net, step.output)) continue;
        for (auto& [j, second] : draft.weights)
            if (const auto& read = draft.net.steps[static_cast<std::size_t>(j)].inputs;
                read.size() == 1 && read[0] == step.output)
                pairs.push_back({&first, &second});
    }
    return pairs;
}

/// Calls visit(weight) for all weights that make channel `channel`.
template <class Visit>
void for_each_maker(Weights& w, int channel, const Visit& visit) {
    for (int tap = 0; tap < w.taps; ++tap)
        for (int input = 0; input < w.inputs; ++input) visit(w.at(channel, tap, input));
}

/// The same for all weights that read it.
template <class Visit>
void for_each_reader(Weights& w, int channel, const Visit& visit) {
    if (w.depthwise) return for_each_maker(w, channel, visit);
    for (int output = 0; output < w.outputs; ++output)
        for (int tap = 0; tap < w.taps; ++tap) visit(w.at(output, tap, channel));
}

/// Returns how far the factors were from 1.
float equalize_pair(const Pair& pair) {
    float change = 0;
    for (int channel = 0; channel < pair.first->outputs; ++channel) {
        float made = 0;
        float read = 0;
        const auto largest = [](float& so_far) {
            return [&so_far](float weight) { so_far = std::max(so_far, std::abs(weight)); };
        };
        for_each_maker(*pair.first, channel, largest(made));
        for_each_reader(*pair.second, channel, largest(read));
        if (made == 0 || read == 0) continue;
        const float scale = std::sqrt(made * read) / read;
        if (!std::isnormal(scale)) continue;
        for_each_maker(*pair.first, channel, [&](float& weight) { weight /= scale; });
        pair.first->bias[static_cast<std::size_t>(channel)] /= scale;
        for_each_reader(*pair.second, channel, [&](float& weight) { weight *= scale; });
        change = std::max(change, std::abs(scale - 1));
    }
    return change;
}

}  // namespace

int equalize(Draft& draft) {
    const std::vector<Pair> pairs = find_pairs(draft);
    float change = 1;
    for (int round = 0; round < kRounds && change > 1e-3F; ++round) {
        change = 0;
        for (const Pair& pair : pairs) change = std::max(change, equalize_pair(pair));
    }
    return static_cast<int>(pairs.size());
}

}  // namespace tarsier::infer::quantize
