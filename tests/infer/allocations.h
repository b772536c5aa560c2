// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace tarsier::infer {

/// How often `operator new` was called in this program so far; nothing where it cannot be counted.
/// Thread-safe.
std::optional<long> allocations();

}  // namespace tarsier::infer
