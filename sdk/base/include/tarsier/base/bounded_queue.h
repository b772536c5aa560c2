// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace tarsier {

/// What a full queue does with one more item.
enum class OnFull { Block, DropOldest, DropNewest };

/// A first-in first-out queue of fixed capacity. Every public function is thread-safe.
template <class T>
class BoundedQueue {
  public:
    /// capacity >= 1, in items.
    explicit BoundedQueue(std::size_t capacity, OnFull on_full = OnFull::Block)
        : capacity_(capacity), on_full_(on_full) {}

    /// Appends an item. Block waits for room; false when the queue was closed or `stop` was
    /// requested.
    bool push(T item, std::stop_token stop = {}) {
        std::unique_lock lock(mutex_);
        if (on_full_ == OnFull::Block) {
            changed_.wait(lock, stop, [&] { return closed_ || items_.size() < capacity_; });
            if (closed_ || items_.size() >= capacity_) return false;
        } else if (closed_) {
            return false;
        } else if (items_.size() >= capacity_) {
            ++dropped_;
            if (on_full_ == OnFull::DropNewest) return true;
            items_.pop_front();
        }
        items_.push_back(std::move(item));
        lock.unlock();
        changed_.notify_all();
        return true;
    }

    /// Waits for an item; nothing when the queue is closed and empty or `stop` was requested.
    std::optional<T> pop(std::stop_token stop = {}) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return closed_ || !items_.empty(); });
        return take(lock);
    }

    /// The next item if there is one now.
    std::optional<T> try_pop() {
        std::unique_lock lock(mutex_);
        return take(lock);
    }

    /// Refuses further items; those inside can still be taken. Idempotent.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
    }

    bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }
    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }
    std::size_t capacity() const { return capacity_; }
    /// Items thrown away because the queue was full.
    std::uint64_t dropped() const {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

  private:
    std::optional<T> take(std::unique_lock<std::mutex>& lock) {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        lock.unlock();
        changed_.notify_all();
        return item;
    }

    const std::size_t capacity_;
    const OnFull on_full_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<T> items_;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
};

}  // namespace tarsier
