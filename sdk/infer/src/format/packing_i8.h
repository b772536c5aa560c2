// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include <cstdint>
#include <span>
#include <vector>

#include "format/packing.h"

namespace tarsier::infer {

/// Inputs rounded up to whole groups, as packed weights of levels hold them.
constexpr std::int64_t padded_inputs(std::int64_t inputs) {
    return (inputs + kernels::kGroup - 1) / kernels::kGroup * kernels::kGroup;
}

/// [out][in][taps] to [ceil(out/16)][taps][ceil(in/4)][16][4], with zeros where there is nothing.
inline std::vector<std::int8_t> pack_dense_i8(std::span<const std::int8_t> weights,
                                              std::size_t outputs, std::size_t taps) {
    constexpr std::size_t kPanel = kernels::kPanel;
    constexpr std::size_t kGroup = kernels::kGroup;
    const std::size_t inputs = weights.size() / outputs / taps;
    const auto groups =
        static_cast<std::size_t>(padded_inputs(static_cast<std::int64_t>(inputs))) / kGroup;
    const auto padded =
        static_cast<std::size_t>(padded_channels(static_cast<std::int64_t>(outputs)));
    std::vector<std::int8_t> packed(padded * taps * groups * kGroup);
    for (std::size_t out = 0; out < outputs; ++out)
        for (std::size_t in = 0; in < inputs; ++in)
            for (std::size_t tap = 0; tap < taps; ++tap) {
                const std::size_t row = (out / kPanel * taps + tap) * groups + in / kGroup;
                packed[(row * kPanel + out % kPanel) * kGroup + in % kGroup] =
                    weights[(out * inputs + in) * taps + tap];
            }
    return packed;
}

/// [channel][taps] to [taps][channels, padded].
inline std::vector<std::int8_t> pack_depthwise_i8(std::span<const std::int8_t> weights,
                                                  std::size_t channels) {
    const std::size_t taps = weights.size() / channels;
    const auto padded =
        static_cast<std::size_t>(padded_channels(static_cast<std::int64_t>(channels)));
    std::vector<std::int8_t> packed(padded * taps);
    for (std::size_t channel = 0; channel < channels; ++channel)
        for (std::size_t tap = 0; tap < taps; ++tap)
            packed[tap * padded + channel] = weights[channel * taps + tap];
    return packed;
}

}  // namespace tarsier::infer
