// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tarsier::infer::quantize {
namespace {

// Of all values other than zero so many may lie outside, half at each end.
constexpr double kOutside = 1e-4;
// Positions of each end that the search tries, equally spaced from zero to the extreme value.
constexpr std::size_t kCandidates = 128;
constexpr double kLevels = 255;

/// Sums over the bins below an edge, so that the error of a range takes three look-ups: of their
/// counts, and of their values to the first and second power.
struct Moments {
    double count = 0, sum = 0, squares = 0;

    /// The sum of squared distances of these values to x.
    double distance(double x) const { return squares - 2 * x * sum + x * x * count; }
    Moments operator-(const Moments& other) const {
        return {count - other.count, sum - other.sum, squares - other.squares};
    }
};

}  // namespace

void Range::include(std::span<const float> values) {
    for (const float value : values) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
}

Histogram::Histogram(const Range& range)
    : range_(range), bin_width_((range.high - range.low) / kBins), bins_(kBins) {}

void Histogram::add(std::span<const float> values) {
    if (!(bin_width_ > 0)) return;
    const float to_bin = 1 / bin_width_;
    for (const float value : values) {
        if (value == 0) continue;
        const float bin = std::clamp((value - range_.low) * to_bin, 0.0F, kBins - 1.0F);
        ++bins_[static_cast<std::size_t>(bin)];
    }
}

float Histogram::edge(std::size_t bin) const {
    return bin == kBins ? range_.high : range_.low + static_cast<float>(bin) * bin_width_;
}

Range Histogram::choose(RangeMethod method) const {
    if (method == RangeMethod::Percentile) return percentile();
    if (method == RangeMethod::MeanSquareError) return least_square_error();
    return range_;
}

Range Histogram::percentile() const {
    std::uint64_t total = 0;
    for (const std::uint64_t count : bins_) total += count;
    const double outside = static_cast<double>(total) * kOutside / 2;
    std::size_t first = 0;
    std::size_t last = kBins;
    for (double cut = 0; first < last; ++first)
        if ((cut += static_cast<double>(bins_[first])) > outside) break;
    for (double cut = 0; last > first; --last)
        if ((cut += static_cast<double>(bins_[last - 1])) > outside) break;
    return {std::min(edge(first), 0.0F), std::max(edge(last), 0.0F)};
}

Range Histogram::least_square_error() const {
    std::vector<Moments> below(kBins + 1);
    for (std::size_t i = 0; i < kBins; ++i) {
        const double value = edge(i) + bin_width_ / 2;
        const auto count = static_cast<double>(bins_[i]);
        below[i + 1] = {below[i].count + count, below[i].sum + count * value,
                        below[i].squares + count * value * value};
    }
    const auto bin_of = [&](double value) {
        const double bin = bin_width_ > 0 ? (value - range_.low) / bin_width_ : 0;
        return static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins)));
    };
    Range best = range_;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i <= kCandidates; ++i) {
        const double low = range_.low * static_cast<double>(i) / kCandidates;
        const std::size_t first = bin_of(low);
        for (std::size_t j = 1; j <= kCandidates; ++j) {
            const double high = range_.high * static_cast<double>(j) / kCandidates;
            const std::size_t last = std::max(bin_of(high), first);
            // Rounding to levels a step apart costs a twelfth of its square on average.
            const double step = (high - low) / kLevels;
            const double error = below[first].distance(low) +
                                 (below[kBins] - below[last]).distance(high) +
                                 (below[last] - below[first]).count * step * step / 12;
            if (error >= least) continue;
            least = error;
            best = {static_cast<float>(low), static_cast<float>(high)};
        }
        if (range_.low == 0) break;
    }
    return best;
}

}  // namespace tarsier::infer::quantize
