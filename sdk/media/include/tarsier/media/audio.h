// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tarsier {

/// A stretch of sound: interleaved float samples in -1..1. Its time is that of its first sample.
struct Audio {
    static constexpr const char* kTypeName = "Audio";

    int sample_rate = 0;  ///< Hz
    int channels = 0;
    std::vector<float> samples;  ///< frames() * channels values

    std::int64_t frames() const {
        return channels > 0 ? static_cast<std::int64_t>(samples.size()) / channels : 0;
    }
};

}  // namespace tarsier
