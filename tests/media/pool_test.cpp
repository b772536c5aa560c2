// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/media/pool.h>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace tarsier {
namespace {

TEST(Pool, GivesAReturnedBlockOutAgain) {
    Pool pool;
    std::shared_ptr<std::uint8_t> block = pool.acquire(1000);
    const std::uint8_t* const address = block.get();
    block.reset();
    EXPECT_EQ(pool.acquire(1000).get(), address);
    EXPECT_EQ(pool.bytes_held(), 1000U);
}

TEST(Pool, NeverSharesABlockInUse) {
    Pool pool;
    const auto a = pool.acquire(100);
    const auto b = pool.acquire(100);
    EXPECT_NE(a.get(), b.get());
    EXPECT_EQ(pool.bytes_held(), 200U);
}

TEST(Pool, ForgetsBlocksOfAnOldSize) {
    Pool pool;
    pool.acquire(100).reset();
    const auto other = pool.acquire(200);
    EXPECT_EQ(pool.bytes_held(), 200U);
}

TEST(Pool, BlocksMayOutliveIt) {
    std::optional<Pool> pool(std::in_place);
    const auto block = pool->acquire(64);
    pool.reset();
    block.get()[63] = 1;
    EXPECT_EQ(block.get()[63], 1);
}

TEST(Pool, BlocksAreAlignedAndPadded) {
    Pool pool;
    const auto block = pool.acquire(65);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.get()) % Pool::kAlignment, 0U);
    for (int i = 65; i < 65 + 63; ++i) EXPECT_EQ(block.get()[i], 0);
}

TEST(Pool, ServesManyThreads) {
    Pool pool;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 2000; ++i) {
                const auto block = pool.acquire(256);
                block.get()[0] = static_cast<std::uint8_t>(i);
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(pool.bytes_held(), 4U * 256U);
}

}  // namespace
}  // namespace tarsier
