// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tarsier {

/// Recycles blocks of memory: a block whose last holder lets go returns to the pool, and the next
/// acquire() of a size it fits takes it without asking the system. Blocks may outlive the pool.
/// What bounds a pool is the capacity of the connections behind it: it never holds more blocks than
/// were in use at once. Thread-safe.
class Pool {
  public:
    Pool();
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    static constexpr std::size_t kAlignment = 64;

    /// A block of at least `bytes` bytes, 64-byte aligned, followed by 64 bytes of padding that
    /// kernels may read but not use; null without memory.
    std::shared_ptr<std::uint8_t> acquire(std::size_t bytes);

    /// Bytes held, in use and free. For statistics.
    std::size_t bytes_held() const;

    /// The same from the system, without a pool.
    static std::shared_ptr<std::uint8_t> allocate(std::size_t bytes);

    struct State;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace tarsier
