// SPDX-License-Identifier: Apache-2.0
// How a sum becomes a level: the formula of RequantI8.
#pragma once

#include <tarsier/kernels/tensor_i8.h>

#include <algorithm>

namespace tarsier::kernels::scalar {
namespace {

/// `sum` has the bias already.
[[maybe_unused]] std::uint8_t requantize(const RequantI8& requant, int channel, std::int32_t sum) {
    const std::int32_t shift = requant.multipliers[channel] >> 16;
    const std::int32_t multiplier = requant.multipliers[channel] & 0xffff;
    const std::int32_t t = std::clamp(sum >> shift, -32768, 32767);
    const std::int32_t v = (t * multiplier + (1 << 14)) >> 15;
    const std::int32_t half = (1 << requant.fraction) >> 1;
    return static_cast<std::uint8_t>(std::clamp(
        requant.zero_point + ((v + half) >> requant.fraction), requant.low, requant.high));
}

}  // namespace
}  // namespace tarsier::kernels::scalar
