// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/histogram.h>

#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace tarsier {
namespace {

TEST(Histogram, IsExactForSmallValuesAndWithinASixteenthAbove) {
    const auto histogram = std::make_unique<Histogram>();
    for (Timestamp value = 1; value <= 100000; ++value) histogram->record(value);
    EXPECT_EQ(histogram->count(), 100000U);
    EXPECT_EQ(histogram->max(), 100000);
    for (const double share : {0.5, 0.95, 0.99}) {
        const double exact = share * 100000;
        EXPECT_GE(static_cast<double>(histogram->percentile(share)), exact);
        EXPECT_LE(static_cast<double>(histogram->percentile(share)), exact * 1.0626);
    }
}

TEST(Histogram, OfNothingIsZero) {
    const auto histogram = std::make_unique<Histogram>();
    EXPECT_EQ(histogram->percentile(0.99), 0);
    EXPECT_EQ(histogram->max(), 0);
}

TEST(Histogram, TakesNegativeAndHugeDurations) {
    const auto histogram = std::make_unique<Histogram>();
    histogram->record(-5);
    EXPECT_EQ(histogram->percentile(1.0), 0);
    histogram->record(std::numeric_limits<Timestamp>::max());
    EXPECT_EQ(histogram->percentile(1.0), std::numeric_limits<Timestamp>::max());
}

TEST(Histogram, CountsFromManyThreads) {
    const auto histogram = std::make_unique<Histogram>();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 10000; ++i) histogram->record(i);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(histogram->count(), 40000U);
    EXPECT_EQ(histogram->max(), 9999);
}

}  // namespace
}  // namespace tarsier
