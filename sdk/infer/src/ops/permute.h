// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tarsier::infer {

/// Loops that a permute step may have, outermost first: attributes count0..5, pixels0..5,
/// channels0..5.
inline constexpr int kMaxLoops = 6;

/// "count0" and the like.
inline std::string loop_key(const char* what, int loop) { return what + std::to_string(loop); }

}  // namespace tarsier::infer
