// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <tarsier/infer/quantize.h>

namespace tarsier::infer::quantize {

/// From the smallest to the largest value; 0 is always within.
struct Range {
    float low = 0;
    float high = 0;

    void include(std::span<const float> values);
};

/// How often values of a tensor occur, in equal bins over a range that holds them all. Exact zeros
/// are left out: every quantization keeps them exactly.
class Histogram {
  public:
    explicit Histogram(const Range& range);

    void add(std::span<const float> values);
    /// The part of the range that quantization to 256 levels shall cover.
    Range choose(RangeMethod method) const;

  private:
    static constexpr std::size_t kBins = 2048;

    Range percentile() const;
    Range least_square_error() const;
    float edge(std::size_t bin) const;

    Range range_;
    float bin_width_;
    std::vector<std::uint64_t> bins_;
};

}  // namespace tarsier::infer::quantize
