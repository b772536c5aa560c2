// SPDX-License-Identifier: Apache-2.0
#include "plan/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <numeric>

#include "format/layout.h"

namespace tarsier::infer {

std::size_t plan_arena(std::vector<Block>& blocks) {
    // Largest first, each into the lowest gap that is free while it lives.
    std::vector<std::size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return blocks[a].bytes > blocks[b].bytes;
    });
    std::vector<const Block*> placed;  // by offset
    std::size_t total = 0;
    for (const std::size_t i : order) {
        Block& block = blocks[i];
        const std::size_t bytes = align_up(block.bytes);
        block.offset = 0;
        for (const Block* other : placed) {
            if (other->last < block.first || other->first > block.last) continue;
            if (other->offset >= block.offset + bytes) break;
            block.offset = std::max(block.offset, other->offset + align_up(other->bytes));
        }
        placed.insert(
            std::upper_bound(placed.begin(), placed.end(), &block,
                             [](const Block* a, const Block* b) { return a->offset < b->offset; }),
            &block);
        total = std::max(total, block.offset + bytes);
    }
    return total;
}

std::shared_ptr<std::uint8_t> allocate_arena(std::size_t bytes) {
    constexpr std::size_t kLargePage = std::size_t{2} << 20;
    const std::size_t mapped = bytes + kLargePage;  // room to begin at a large page
    void* const map =
        mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) return nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(map);
    auto* const begin = static_cast<std::uint8_t*>(map) + (kLargePage - address % kLargePage);
    // Only whole large pages: the rest of a last one would be memory that nobody uses.
    if (bytes >= kLargePage) madvise(begin, bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
    return {begin, [map, mapped](std::uint8_t*) { munmap(map, mapped); }};
}

}  // namespace tarsier::infer
