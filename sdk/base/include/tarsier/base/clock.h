// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace tarsier {

/// A point in time or a duration in nanoseconds on the clock of a graph.
using Timestamp = std::int64_t;

inline constexpr Timestamp kMicrosecond = 1'000;
inline constexpr Timestamp kMillisecond = 1'000'000;
inline constexpr Timestamp kSecond = 1'000'000'000;

/// Nanoseconds of CLOCK_MONOTONIC. Thread-safe.
Timestamp monotonic_now();

/// The one clock of a graph. Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

/// CLOCK_MONOTONIC: live graphs.
class MonotonicClock final : public Clock {
  public:
    Timestamp now() const override { return monotonic_now(); }
};

/// Stands still until told otherwise: tests.
class ManualClock final : public Clock {
  public:
    Timestamp now() const override { return now_.load(std::memory_order_relaxed); }
    void set(Timestamp now) { now_.store(now, std::memory_order_relaxed); }
    void advance(Timestamp by) { now_.fetch_add(by, std::memory_order_relaxed); }

  private:
    std::atomic<Timestamp> now_{0};
};

}  // namespace tarsier
