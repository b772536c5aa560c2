// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::infer {

/// How often `operator new` was called in this program so far. Thread-safe.
long allocations();

}  // namespace tarsier::infer
