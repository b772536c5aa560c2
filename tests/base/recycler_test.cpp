// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/recycler.h>

#include <thread>

namespace tarsier {
namespace {

struct Thing {
    explicit Thing(int number) : value(number) {}
    int value;
};

std::shared_ptr<Thing> make(const std::shared_ptr<Recycler>& recycler, int value) {
    return std::allocate_shared<Thing>(RecyclingAllocator<Thing>(recycler), value);
}

TEST(Recycler, GivesAFreedBlockToTheNextRequest) {
    const auto recycler = std::make_shared<Recycler>();
    const void* const first = make(recycler, 1).get();
    const auto second = make(recycler, 2);
    EXPECT_EQ(second.get(), first);
    EXPECT_EQ(second->value, 2);
}

TEST(Recycler, KeepsBlocksOfOneSizeOnly) {
    Recycler recycler;
    void* const small = recycler.take(16);
    void* const large = recycler.take(64);
    recycler.give_back(small, 16);
    recycler.give_back(large, 64);
    EXPECT_EQ(recycler.take(16), small);
    recycler.give_back(small, 16);
}

TEST(Recycler, LivesAsLongAsItsBlocks) {
    auto recycler = std::make_shared<Recycler>();
    const auto thing = make(recycler, 7);
    const std::weak_ptr<Recycler> watch = recycler;
    recycler.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(thing->value, 7);
}

TEST(Recycler, ServesManyThreads) {
    const auto recycler = std::make_shared<Recycler>();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 1000; ++i) EXPECT_EQ(make(recycler, t * i)->value, t * i);
        });
}

}  // namespace
}  // namespace tarsier
