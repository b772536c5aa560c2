// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tarsier::infer {

/// A block of memory that must exist from step `first` to step `last`, both included.
struct Block {
    std::size_t bytes = 0;
    int first = 0;
    int last = 0;
    std::size_t offset = 0;  ///< the result
};

/// Gives every block an offset, a multiple of 64, such that blocks alive at the same step never
/// overlap. Returns the bytes of the whole arena.
std::size_t plan_arena(std::vector<Block>& blocks);

/// Zeros, 64-byte aligned. The system gives the memory when it is touched, in large pages where it
/// can: planning costs nothing, and neighbouring rows share their address translations. Null where
/// there is none.
std::shared_ptr<std::uint8_t> allocate_arena(std::size_t bytes);

}  // namespace tarsier::infer
