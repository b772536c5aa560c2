// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include <tarsier/base/clock.h>

namespace tarsier {

/// Durations in log-linear buckets: 16 per power of two, so a percentile is exact to 6.25 %.
/// record() is lock-free and allocates nothing; every function is thread-safe.
class Histogram {
  public:
    /// Counts one duration in ns; negative ones count as 0.
    void record(Timestamp duration);
    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }
    Timestamp max() const { return max_.load(std::memory_order_relaxed); }
    /// The smallest bucket bound that at least `share` (0..1) of the durations do not exceed, in
    /// ns.
    Timestamp percentile(double share) const;

  private:
    static constexpr int kSubBits = 4;
    static constexpr int kBuckets = (64 - kSubBits) << kSubBits;
    static int bucket_of(std::uint64_t value);
    static std::uint64_t upper_bound(int bucket);

    std::array<std::atomic<std::uint32_t>, kBuckets> buckets_{};
    std::atomic<std::uint64_t> count_{0};
    std::atomic<Timestamp> max_{0};
};

}  // namespace tarsier
