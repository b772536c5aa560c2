// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/tensor.h>

#include <cstdint>

namespace tarsier::infer {

/// Channels rounded up to whole panels, as packed weights and biases hold them.
constexpr std::int64_t padded_channels(std::int64_t channels) {
    return (channels + kernels::kPanel - 1) / kernels::kPanel * kernels::kPanel;
}

}  // namespace tarsier::infer
