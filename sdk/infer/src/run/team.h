// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "ops/op.h"

namespace tarsier::infer {

/// Threads that share the rows of single calls, quickly enough for calls of a few microseconds:
/// between begin() and end() they wait spinning, otherwise they sleep. Nobody waits for a helper
/// that has not come: rows belong to whoever takes them first. Helpers keep off the caller's
/// processor, onto which a scheduler may wake them though others are idle. Used by one thread, the
/// caller.
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
    /// The rows that one member takes first: how many parts are left, and of which call.
    struct alignas(64) Share {
        std::atomic<std::uint64_t> next{0};  ///< number of the call << 32 | parts left
    };

    int parts_of(const Call& call, int rows) const;
    /// Lets the helpers run on every processor that they may use except the caller's.
    void keep_off(int processor);
    void help(int member);
    /// Takes and runs parts of call `number` until there are none, its own first.
    void work(std::uint32_t number, int member);
    bool take(Share& share, std::uint32_t number, int& part);
    int row_at(int member, int part) const;

    int members_;
    int parts_ = 1;       ///< of each member's rows in the newest call
    cpu_set_t allowed_;   ///< processors of the thread that made the team
    int caller_at_ = -1;  ///< processor that the helpers keep off
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
