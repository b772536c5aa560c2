// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/bounded_queue.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace tarsier {
namespace {

TEST(BoundedQueue, GivesItemsBackInOrder) {
    BoundedQueue<int> queue(3);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(i));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.try_pop(), i);
    EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(BoundedQueue, DropsTheOldestAndCounts) {
    BoundedQueue<int> queue(2, OnFull::DropOldest);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.push(i));
    EXPECT_EQ(queue.dropped(), 3U);
    EXPECT_EQ(queue.try_pop(), 3);
    EXPECT_EQ(queue.try_pop(), 4);
}

TEST(BoundedQueue, DropsTheNewestAndCounts) {
    BoundedQueue<int> queue(2, OnFull::DropNewest);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(queue.push(i));
    EXPECT_EQ(queue.dropped(), 3U);
    EXPECT_EQ(queue.try_pop(), 0);
    EXPECT_EQ(queue.try_pop(), 1);
}

TEST(BoundedQueue, BlocksTheProducerUntilThereIsRoom) {
    BoundedQueue<int> queue(1);
    ASSERT_TRUE(queue.push(1));
    std::atomic<bool> pushed = false;
    std::thread producer([&] {
        EXPECT_TRUE(queue.push(2));
        pushed = true;
    });
    EXPECT_FALSE(pushed);
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 2);
    producer.join();
    EXPECT_TRUE(pushed);
    EXPECT_EQ(queue.dropped(), 0U);
}

TEST(BoundedQueue, CloseWakesWaitingThreadsAndKeepsWhatIsInside) {
    BoundedQueue<int> queue(1);
    ASSERT_TRUE(queue.push(1));
    std::thread producer([&] { EXPECT_FALSE(queue.push(2)); });
    queue.close();
    producer.join();
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), std::nullopt);
    EXPECT_FALSE(queue.push(3));
}

TEST(BoundedQueue, AStopRequestWakesTheConsumer) {
    BoundedQueue<int> queue(1);
    std::stop_source stop;
    std::thread consumer([&] { EXPECT_EQ(queue.pop(stop.get_token()), std::nullopt); });
    stop.request_stop();
    consumer.join();
}

TEST(BoundedQueue, LosesNothingBetweenManyThreads) {
    constexpr int kItems = 20000;
    BoundedQueue<std::unique_ptr<int>> queue(8);
    std::atomic<long> sum = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t)
        threads.emplace_back([&] {
            for (int i = 1; i <= kItems; ++i) queue.push(std::make_unique<int>(i));
        });
    std::vector<std::thread> consumers;
    for (int t = 0; t < 2; ++t)
        consumers.emplace_back([&] {
            while (const auto item = queue.pop()) sum += **item;
        });
    for (std::thread& thread : threads) thread.join();
    queue.close();
    for (std::thread& thread : consumers) thread.join();
    EXPECT_EQ(sum, 2L * kItems * (kItems + 1) / 2);
}

}  // namespace
}  // namespace tarsier
