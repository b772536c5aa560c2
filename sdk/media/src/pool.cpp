// SPDX-License-Identifier: Apache-2.0
#include <tarsier/media/pool.h>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace tarsier {
namespace {

constexpr std::size_t kPadding = 64;

std::uint8_t* allocate_block(std::size_t bytes) {
    const std::size_t padded =
        (bytes + kPadding + Pool::kAlignment - 1) / Pool::kAlignment * Pool::kAlignment;
    auto* block = static_cast<std::uint8_t*>(std::aligned_alloc(Pool::kAlignment, padded));
    if (block) std::memset(block + bytes, 0, padded - bytes);
    return block;
}

}  // namespace

struct Pool::State {
    struct Block {
        std::uint8_t* data;
        std::size_t bytes;
    };
    std::mutex mutex;
    std::vector<Block> free;
    std::size_t held = 0;
    bool closed = false;

    ~State() {
        for (const Block& block : free) std::free(block.data);
    }

    void give_back(Block block) {
        {
            const std::lock_guard lock(mutex);
            if (!closed) {
                free.push_back(block);
                return;
            }
            held -= block.bytes;
        }
        std::free(block.data);
    }
};

Pool::Pool() : state_(std::make_shared<State>()) {}

Pool::~Pool() {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
}

std::shared_ptr<std::uint8_t> Pool::acquire(std::size_t bytes) {
    State::Block block{nullptr, bytes};
    std::vector<State::Block> outgrown;
    {
        const std::lock_guard lock(state_->mutex);
        auto& free = state_->free;
        for (std::size_t i = 0; i < free.size() && !block.data; ++i) {
            if (free[i].bytes != bytes) continue;
            block = free[i];
            free.erase(free.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (!block.data) {
            // A new size means that the format changed: blocks of the old size would lie idle for
            // ever.
            outgrown.swap(free);
            for (const State::Block& old : outgrown) state_->held -= old.bytes;
            state_->held += bytes;
        }
    }
    for (const State::Block& old : outgrown) std::free(old.data);
    if (!block.data) block.data = allocate_block(bytes);
    if (!block.data) {
        const std::lock_guard lock(state_->mutex);
        state_->held -= bytes;
        return nullptr;
    }
    return {block.data, [state = state_, bytes](std::uint8_t* data) {
                state->give_back({data, bytes});
            }};
}

std::size_t Pool::bytes_held() const {
    const std::lock_guard lock(state_->mutex);
    return state_->held;
}

std::shared_ptr<std::uint8_t> Pool::allocate(std::size_t bytes) {
    std::uint8_t* const block = allocate_block(bytes);
    if (!block) return nullptr;
    return {block, [](std::uint8_t* data) { std::free(data); }};
}

}  // namespace tarsier
