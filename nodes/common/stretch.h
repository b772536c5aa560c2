// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tarsier::nodes {

/// Where a coordinate of a large picture falls in a small one: between `index` and `index` + 1,
/// `part` of the way. Centres of pixels are aligned, borders repeat.
struct Between {
    int index = 0;
    double part = 0;

    static Between of(int x, double scale, int small) {
        const double at = std::clamp((x + 0.5) / scale - 0.5, 0.0, small - 1.0);
        const int index = static_cast<int>(at);
        return {index, at - index};
    }
};

/// Tables for the kernels that stretch rows of a small picture to a larger width. The small rows
/// must repeat their last value once behind the end. Reentrant.
struct Stretch {
    std::vector<std::int32_t> index;
    std::vector<std::int16_t> weight;  ///< 0..64

    Stretch() = default;
    /// `large` pixels out of `small` ones, where pixel x of the small row lies at x / scale of the
    /// large one. The result interleaves `channels` channels; channel c of the small row begins at
    /// c * channel_step.
    Stretch(int small, int large, double scale, int channels = 1, int channel_step = 0) {
        for (int x = 0; x < large; ++x) {
            const Between at = Between::of(x, scale, small);
            for (int c = 0; c < channels; ++c) {
                index.push_back(c * channel_step + at.index);
                weight.push_back(static_cast<std::int16_t>(at.part * 64 + 0.5));
            }
        }
    }
    int size() const { return static_cast<int>(index.size()); }
};

}  // namespace tarsier::nodes
