// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/thread_pool.h>

#include <atomic>
#include <vector>

namespace tarsier {
namespace {

TEST(ThreadPool, RunsEverythingBeforeItIsDestroyed) {
    std::atomic<int> done = 0;
    {
        ThreadPool pool(3);
        for (int i = 0; i < 1000; ++i) pool.submit([&] { ++done; });
    }
    EXPECT_EQ(done, 1000);
}

TEST(ThreadPool, ParallelForCoversEachIndexOnce) {
    ThreadPool pool(3);
    for (const std::size_t count : {0U, 1U, 2U, 3U, 4U, 5U, 1000U}) {
        std::vector<std::atomic<int>> seen(count);
        pool.parallel_for(count, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) ++seen[i];
        });
        for (const std::atomic<int>& times : seen) EXPECT_EQ(times, 1);
    }
}

}  // namespace
}  // namespace tarsier
