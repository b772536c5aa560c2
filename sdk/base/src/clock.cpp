// SPDX-License-Identifier: Apache-2.0
#include <tarsier/base/clock.h>
#include <chrono>

namespace tarsier {

Timestamp monotonic_now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace tarsier
