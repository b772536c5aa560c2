// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace tarsier::nodes {

/// A plane of floats in 0..1 at the size of the network.
struct FloatPlane {
    int width = 0;
    int height = 0;
    std::vector<float> values;  ///< rows of width values

    FloatPlane() = default;
    FloatPlane(int w, int h)
        : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h)) {}
    float* row(int y) { return values.data() + std::ptrdiff_t{y} * width; }
    const float* row(int y) const { return values.data() + std::ptrdiff_t{y} * width; }
};

/// Replaces each value by the mean of the window of 2 * radius + 1 rows and columns around it, cut
/// off at the borders. Each sum is taken anew, so no error builds up.
void box_mean(FloatPlane& plane, int radius, FloatPlane& scratch);

}  // namespace tarsier::nodes
