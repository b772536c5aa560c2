// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace tarsier {

/// Keeps freed blocks of one size for the next request. Thread-safe.
class Recycler {
  public:
    Recycler() = default;
    Recycler(const Recycler&) = delete;
    Recycler& operator=(const Recycler&) = delete;
    ~Recycler() {
        for (void* block : free_) ::operator delete(block);
    }

    void* take(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (bytes_ == 0) bytes_ = bytes;
        if (bytes != bytes_ || free_.empty()) return ::operator new(bytes);
        void* const block = free_.back();
        free_.pop_back();
        return block;
    }
    void give_back(void* block, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (bytes == bytes_)
            free_.push_back(block);
        else
            ::operator delete(block);
    }

  private:
    std::mutex mutex_;
    std::size_t bytes_ = 0;  // of the blocks that are kept: the size first asked for
    std::vector<void*> free_;
};

/// An allocator over a Recycler that every block keeps alive, for std::allocate_shared of small
/// objects that come and go all the time. Thread-safe.
template <class T>
class RecyclingAllocator {
  public:
    using value_type = T;

    explicit RecyclingAllocator(std::shared_ptr<Recycler> recycler)
        : recycler_(std::move(recycler)) {}
    template <class U>
    RecyclingAllocator(const RecyclingAllocator<U>& other)  // NOLINT(google-explicit-constructor)
        : recycler_(other.recycler()) {}

    T* allocate(std::size_t count) { return static_cast<T*>(recycler_->take(count * sizeof(T))); }
    void deallocate(T* block, std::size_t count) { recycler_->give_back(block, count * sizeof(T)); }
    const std::shared_ptr<Recycler>& recycler() const { return recycler_; }
    template <class U>
    bool operator==(const RecyclingAllocator<U>& other) const {
        return recycler_ == other.recycler();
    }

  private:
    std::shared_ptr<Recycler> recycler_;
};

}  // namespace tarsier
