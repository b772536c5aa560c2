// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph.h"

namespace tarsier::infer::convert {

/// Neighbouring channels of a value that a node computes.
struct ChannelRun {
    std::string value;
    int first = 0;
    int count = 0;
};

/// What a value is made of: `runs`, in the order in which they lie best. Channel i of that is
/// channel `order`[i] of the value.
struct Gathered {
    std::vector<ChannelRun> runs;
    std::vector<std::size_t> order;
};

/// Values that are nothing but channels of others, split, shuffled and concatenated, and that no
/// reader needs as they are: 1x1 convolutions can read the channels where they were computed, with
/// their weights in another order, and what slides windows over channels before these needs only
/// that order.
struct ChannelOrigins {
    std::map<std::string, Gathered> values;
    /// Computed values whose channels lie better in another order: first the one that has this
    /// number now, and so on.
    std::map<std::string, std::vector<std::size_t>> reordered;
};

ChannelOrigins find_channel_origins(const Graph& graph);

}  // namespace tarsier::infer::convert
