// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "format/net.h"
#include "plan/arena.h"
#include "plan/bands.h"
#include "plan/windows.h"

namespace tarsier::infer {

/// Where the tensors of a network lie in its arena; by their numbers, those with a root excepted.
struct Layout {
    std::vector<int> strides;  ///< elements from pixel to pixel
    std::vector<Block> blocks;
    std::size_t bytes = 0;  ///< of the arena
};

Layout make_layout(const Net& net, const std::vector<Group>& groups, const Windows& windows);

}  // namespace tarsier::infer
