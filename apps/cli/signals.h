// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace tarsier::cli {

/// Turns SIGINT and SIGTERM into calls on an ordinary thread while it lives: the first signal calls
/// `on_signal`, a second one ends the process at once. Made before any other thread is started,
/// since threads inherit the blocked signals.
class Signals {
  public:
    explicit Signals(std::function<void()> on_signal);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// The signal that came, or 0.
    int received() const { return received_; }

  private:
    void wait();

    std::function<void()> on_signal_;
    std::atomic<int> received_{0};
    std::atomic<bool> done_{false};
    std::thread thread_;
};

}  // namespace tarsier::cli
