// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/kernels.h>

#include <vector>

namespace tarsier::infer {

/// Every kernel level that this processor has.
inline std::vector<const kernels::Level*> runnable_levels() {
    std::vector<const kernels::Level*> out;
    for (const kernels::Level& level : kernels::levels())
        if (level.supported()) out.push_back(&level);
    return out;
}

}  // namespace tarsier::infer
