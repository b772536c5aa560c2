// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "ops/op.h"

namespace tarsier::infer {

/// Threads that share the rows of single calls, quickly enough for calls of a few microseconds:
/// between begin() and end() they wait spinning, otherwise they sleep. Nobody waits for a helper
/// that has not come: rows belong to whoever takes them first. Used by one thread, the caller.
class Team {
  public:
    /// helpers >= 1 threads besides the caller's.
    explicit Team(int helpers);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    /// Wakes the helpers, and lets them sleep again.
    void begin();
    void end();
    /// Runs rows [begin, end) of a call; returns when they are done. Between begin() and end().
    void run(const Call& call, int begin, int end);

  private:
    /// The rows that one member takes first: a counter of parts, and the call it counts for.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> next{0};  ///< number of the call << 32 | part
    };

    void help(int member);
    /// Takes and runs parts of call `number` until there are none, its own first.
    void work(std::uint32_t number, int member);
    bool take(Share& share, std::uint32_t number, int& part);
    int row_at(int member, int part) const;

    int members_;
    std::unique_ptr<Share[]> shares_;
    const Call* call_ = nullptr;  ///< belongs to those who have taken a part of it, as do its rows
    int begin_ = 0;
    int end_ = 0;
    alignas(64) std::atomic<std::uint32_t> number_{0};  ///< of the newest call
    alignas(64) std::atomic<int> left_{0};              ///< parts of it that are not done
    alignas(64) std::atomic<std::uint32_t> rounds_{0};  ///< of begin() and end(); odd in between
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> helpers_;
};

}  // namespace tarsier::infer
