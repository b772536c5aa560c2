// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tarsier {

/// Threads that run tasks in the order given. Every public function is thread-safe.
class ThreadPool {
  public:
    /// threads >= 1; the operating system shows them as `name`.
    explicit ThreadPool(int threads, const char* name = "tarsier");
    /// Runs what was submitted, then joins.
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int size() const { return static_cast<int>(threads_.size()); }

    /// Runs `task` on some thread of the pool. The task must not throw.
    void submit(std::function<void()> task);

    /// Calls body(begin, end) on disjoint parts of [0, count), the caller's thread included;
    /// returns when all are done. Not to be called from a task of the same pool.
    void parallel_for(std::size_t count, const std::function<void(std::size_t, std::size_t)>& body);

  private:
    void work(const char* name);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace tarsier
