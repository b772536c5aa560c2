// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/kernels.h>

#include <vector>

#include "format/net.h"
#include "plan/plan.h"

namespace tarsier::infer {

/// Every kernel level that this processor has.
inline std::vector<const kernels::Level*> runnable_levels() {
    std::vector<const kernels::Level*> out;
    for (const kernels::Level& level : kernels::levels())
        if (level.supported()) out.push_back(&level);
    return out;
}

/// Those of them that make a difference to a model: a level that has no better kernel for any of
/// its steps does the very same as the level below.
inline std::vector<const kernels::Level*> runnable_levels(const Model& model) {
    const Net& net = dynamic_cast<const NetModel&>(model).net();
    std::vector<const kernels::Level*> out;
    std::vector<void (*)()> below;
    for (const kernels::Level* level : runnable_levels()) {
        const Result<Plan> plan = make_plan(net, kernels::table_at(*level));
        std::vector<void (*)()> used;
        if (plan)
            for (const Call& call : plan->calls) used.push_back(call.kernel);
        if (!plan || used != below) out.push_back(level);
        below = std::move(used);
    }
    return out;
}

}  // namespace tarsier::infer
