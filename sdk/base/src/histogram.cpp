// SPDX-License-Identifier: Apache-2.0
#include <tarsier/base/histogram.h>
#include <algorithm>
#include <bit>
#include <cmath>

namespace tarsier {

int Histogram::bucket_of(std::uint64_t value) {
    constexpr std::uint64_t kLinear = 1U << kSubBits;
    if (value < kLinear) return static_cast<int>(value);
    const int shift = std::bit_width(value) - 1 - kSubBits;
    return (shift << kSubBits) + static_cast<int>(value >> shift);
}

std::uint64_t Histogram::upper_bound(int bucket) {
    constexpr int kLinear = 1 << kSubBits;
    if (bucket < kLinear) return static_cast<std::uint64_t>(bucket);
    const int shift = (bucket >> kSubBits) - 1;
    const std::uint64_t base = static_cast<std::uint64_t>(bucket & (kLinear - 1)) + kLinear;
    return ((base + 1) << shift) - 1;
}

void Histogram::record(Timestamp duration) {
    const auto value = static_cast<std::uint64_t>(std::max<Timestamp>(duration, 0));
    buckets_[static_cast<std::size_t>(bucket_of(value))].fetch_add(1, std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
    Timestamp seen = max_.load(std::memory_order_relaxed);
    while (duration > seen &&
           !max_.compare_exchange_weak(seen, duration, std::memory_order_relaxed)) {
    }
}

Timestamp Histogram::percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count())));
    std::uint64_t seen = 0;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
        seen += buckets_[static_cast<std::size_t>(bucket)].load(std::memory_order_relaxed);
        if (seen >= wanted && seen > 0)
            return std::min(static_cast<Timestamp>(upper_bound(bucket)), max());
    }
    return max();
}

}  // namespace tarsier
