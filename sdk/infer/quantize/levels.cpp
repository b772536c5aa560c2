// SPDX-License-Identifier: Apache-2.0
#include "levels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

namespace tarsier::infer::quantize {
namespace {

constexpr std::array<std::string_view, 5> kMoving = {"join", "max_pool", "pad", "permute",
                                                     "resize"};
// Scales that a file may hold, with room for products of them.
constexpr double kLeastScale = 1e-9;
constexpr double kMostScale = 1e9;

/// Sets of numbers that are joined step by step; each is known by one of its members.
class Sets {
  public:
    explicit Sets(std::size_t count) : parent_(count) {
        std::iota(parent_.begin(), parent_.end(), 0);
    }
    int find(int i) {
        while (parent_[static_cast<std::size_t>(i)] != i) i = parent_[static_cast<std::size_t>(i)];
        return i;
    }
    void join(int a, int b) {
        const int first = find(a);
        const int second = find(b);
        parent_[static_cast<std::size_t>(std::max(first, second))] = std::min(first, second);
    }

  private:
    std::vector<int> parent_;
};

bool moves(const NetStep& step) {
    return std::find(kMoving.begin(), kMoving.end(), step.op) != kMoving.end() || copies(step);
}

}  // namespace

Levels Levels::cover(const Range& range) {
    const double low = std::min(range.low, 0.0F);
    const double high = std::max(range.high, 0.0F);
    const double scale = std::clamp((high - low) / 255, kLeastScale, kMostScale);
    return {static_cast<float>(scale),
            static_cast<int>(std::clamp(std::lround(-low / scale), 0L, 255L))};
}

int Levels::nearest(double value) const {
    const double level = std::nearbyint(value / static_cast<double>(scale)) + zero_point;
    return static_cast<int>(std::clamp(level, 0.0, 255.0));
}

bool copies(const NetStep& step) {
    return step.op == "clamp" && step.attributes.count("min") + step.attributes.count("max") == 0;
}

std::vector<int> shared_levels(const Net& net) {
    Sets sets(net.tensors.size());
    for (const NetStep& step : net.steps) {
        for (const int input : step.inputs) {
            // What one convolution gathers from several tensors has one scale.
            if (step.op == "conv1x1") sets.join(net.root(step.inputs[0]), net.root(input));
            if (moves(step)) sets.join(net.root(input), net.root(step.output));
        }
    }
    for (const StateInfo& state : net.states)
        sets.join(net.root(net.inputs[static_cast<std::size_t>(state.input)].tensor),
                  net.root(net.outputs[static_cast<std::size_t>(state.output)].tensor));
    std::vector<int> groups(net.tensors.size());
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = sets.find(net.root(static_cast<int>(i)));
    return groups;
}

}  // namespace tarsier::infer::quantize
