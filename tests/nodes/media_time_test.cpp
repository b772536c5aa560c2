// SPDX-License-Identifier: Apache-2.0
#include "common/media_time.h"

#include <gtest/gtest.h>

namespace tarsier::nodes {
namespace {

constexpr Timestamp kFrame = 40 * kMillisecond;

TEST(MediaTime, KeepsTimesThatGrow) {
    MediaTime time;
    EXPECT_EQ(time.next(0, kFrame), 0);
    EXPECT_EQ(time.next(kFrame, kFrame), kFrame);
    EXPECT_EQ(time.next(5 * kSecond, kFrame), 5 * kSecond);
}

TEST(MediaTime, FillsInMissingTimesFromTheDuration) {
    MediaTime time;
    EXPECT_EQ(time.next({}, kFrame), 0);
    EXPECT_EQ(time.next({}, kFrame), kFrame);
    EXPECT_EQ(time.next({}, 0), 2 * kFrame);
}

TEST(MediaTime, GrowsOverDoubledAndBackwardTimesWithoutLastingShift) {
    MediaTime time;
    (void)time.next(0, kFrame);
    (void)time.next(kFrame, kFrame);
    EXPECT_EQ(time.next(kFrame, kFrame), kFrame + kMicrosecond);
    EXPECT_EQ(time.next(kFrame / 2, kFrame), kFrame + 2 * kMicrosecond);
    EXPECT_EQ(time.next(2 * kFrame, kFrame), 2 * kFrame);
}

TEST(MediaTime, GoesOnWhenTheMediumJumpsBackFar) {
    MediaTime time;
    (void)time.next(10 * kSecond, kFrame);
    EXPECT_EQ(time.next(0, kFrame), 10 * kSecond + kFrame);
    EXPECT_EQ(time.next(kFrame, kFrame), 10 * kSecond + 2 * kFrame);
}

TEST(MediaTime, GoesOnAfterARestart) {
    MediaTime time;
    (void)time.next(0, kFrame);
    (void)time.next(kFrame, kFrame);
    time.restart();
    EXPECT_EQ(time.next(0, kFrame), 2 * kFrame);
    EXPECT_EQ(time.next(kFrame, kFrame), 3 * kFrame);
}

TEST(MediaTime, IsNeverNegative) {
    MediaTime time;
    EXPECT_EQ(time.next(-5 * kMillisecond, kFrame), 0);
}

}  // namespace
}  // namespace tarsier::nodes
