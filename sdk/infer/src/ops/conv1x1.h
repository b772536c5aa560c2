// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::infer {

/// Channels that a conv1x1 step may read from several inputs together.
inline constexpr int kMaxGathered = 8192;

}  // namespace tarsier::infer
