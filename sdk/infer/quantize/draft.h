// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "format/net.h"

namespace tarsier::infer::quantize {

/// Weights and bias of a convolution as a mathematician would write them, no packing.
struct Weights {
    int outputs = 0;
    int taps = 0;    ///< pixels of the window
    int inputs = 0;  ///< channels that an output channel reads; 1 for depthwise
    bool depthwise = false;
    std::vector<float> values;  ///< [output][input][tap]
    std::vector<float> bias;    ///< [output]

    /// The weights of an output channel.
    std::span<const float> of(int output) const {
        const auto count = static_cast<std::size_t>(inputs * taps);
        return std::span(values).subspan(static_cast<std::size_t>(output) * count, count);
    }
    float& at(int output, int tap, int input) {
        return values[static_cast<std::size_t>((output * inputs + input) * taps + tap)];
    }
    float at(int output, int tap, int input) const {
        return values[static_cast<std::size_t>((output * inputs + input) * taps + tap)];
    }
};

/// A float network whose weights may be changed.
struct Draft {
    /// `model` keeps the constants that are not taken apart.
    explicit Draft(std::shared_ptr<const NetModel> model);

    std::shared_ptr<const NetModel> origin;
    Net net;                         ///< the constants of convolutions are those of `origin`
    std::map<int, Weights> weights;  ///< of convolutions, by step

    /// The network with its weights as they are now, ready to run.
    std::shared_ptr<const NetModel> packed() const;
};

/// Memory for the constants of a network under construction.
class ConstantStore {
  public:
    /// Adds `values` to the constants of `net`; they stay until the store goes.
    template <class T>
    int add(Net& net, const std::vector<T>& values, ElementType element) {
        const std::size_t bytes = values.size() * sizeof(T);
        auto* kept = kept_.emplace_back((bytes + sizeof(Line) - 1) / sizeof(Line)).data()->bytes;
        std::memcpy(kept, values.data(), bytes);
        net.constants.push_back({{kept, bytes}, values.size(), element});
        return static_cast<int>(net.constants.size()) - 1;
    }

  private:
    /// Kernels read constants by whole vectors.
    struct alignas(64) Line {
        std::uint8_t bytes[64];
    };

    std::deque<std::vector<Line>> kept_;
};

/// Whether a step is a convolution of any kind, with weights and a bias as its constants.
bool convolves(const NetStep& step);

}  // namespace tarsier::infer::quantize
