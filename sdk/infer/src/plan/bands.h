// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "format/net.h"
#include "ops/op.h"

namespace tarsier::infer {

/// Steps [first, last) of a network. With `band` rows of the last step's output the steps take
/// turns, each making as many rows as those behind it need, so that what passes between them is
/// still in the second-level cache when it is read; 0 where they run one after the other.
struct Group {
    int first = 0;
    int last = 0;
    int band = 0;
};

/// Output rows [begin, end) of a step.
struct Slice {
    int step = 0;
    int begin = 0;
    int end = 0;
};

/// Divides all steps of a network into groups, for threads that share the rows of each band.
std::vector<Group> find_groups(const Net& net, int threads);

/// Everything in the order of execution, every row once. The tensors of a group with bands must
/// exist from its first step to its last.
std::vector<Slice> order_slices(const Net& net, const std::vector<Group>& groups);

}  // namespace tarsier::infer
