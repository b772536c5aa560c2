// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "format/net.h"
#include "histogram.h"

namespace tarsier::infer::quantize {

/// How the levels 0..255 of a tensor stand for values: q for (q - zero_point) * scale.
struct Levels {
    float scale = 1;
    int zero_point = 0;

    /// The levels that cover a range, of which one is exactly zero.
    static Levels cover(const Range& range);
    /// The nearest level to a value.
    int nearest(double value) const;
    double value(int level) const { return static_cast<double>(level - zero_point) * scale; }
    bool operator==(const Levels&) const = default;
};

/// For each tensor the one whose levels it shares, which has memory of its own: steps that only
/// move or choose values write the levels that they read, slices have those of their roots (so what
/// is concatenated has one scale), and a state's input those of its output.
std::vector<int> shared_levels(const Net& net);

/// Whether a step only copies: a clamp without bounds.
bool copies(const NetStep& step);

}  // namespace tarsier::infer::quantize
