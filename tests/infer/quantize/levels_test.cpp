// SPDX-License-Identifier: Apache-2.0
#include "levels.h"

#include <gtest/gtest.h>

#include "infer/net_builder.h"

namespace tarsier::infer::quantize {
namespace {

TEST(Levels, HaveOneThatIsExactlyZero) {
    for (const Range& range : {Range{-1, 3}, Range{0, 6}, Range{-2, 0}, Range{-0.001F, 5}}) {
        const Levels levels = Levels::cover(range);
        EXPECT_EQ(levels.value(levels.zero_point), 0);
        EXPECT_LE(levels.value(0), range.low + levels.scale / 2);
        EXPECT_GE(levels.value(255), range.high - levels.scale / 2);
    }
}

TEST(Levels, OfARangeOfNothingAreUsable) {
    const Levels levels = Levels::cover({0, 0});
    EXPECT_GT(levels.scale, 0);
    EXPECT_EQ(levels.nearest(0), levels.zero_point);
}

TEST(Levels, HoldValuesOutsideTheirRangeAtItsEnds) {
    const Levels levels = Levels::cover({-1, 1});
    EXPECT_EQ(levels.nearest(-9), 0);
    EXPECT_EQ(levels.nearest(9), 255);
}

TEST(Levels, AreSharedByWhatIsConcatenatedMovedOrKept) {
    NetBuilder b;
    const int input = b.tensor(4, 4, 8);
    const int root = b.tensor(4, 4, 16);
    const int left = b.tensor(4, 4, 8, root, 0);
    const int right = b.tensor(4, 4, 8, root, 8);
    const int pooled = b.tensor(2, 2, 16);
    const int squashed = b.tensor(2, 2, 16);
    b.step("clamp", {input}, left);
    b.step("clamp", {input}, right, {}, {{"min", 0}});
    b.step("max_pool", {root}, pooled);
    b.step("sigmoid", {pooled}, squashed);
    b.input(input);
    b.output(squashed);
    const std::vector<int> groups = shared_levels(b.net);
    const auto of = [&](int i) { return groups[static_cast<std::size_t>(i)]; };
    EXPECT_EQ(of(left), of(right));
    EXPECT_EQ(of(left), of(root));
    EXPECT_EQ(of(input), of(root)) << "a copy writes the levels that it reads";
    EXPECT_EQ(of(pooled), of(root));
    EXPECT_NE(of(squashed), of(pooled));
    b.net.states.push_back({0, 0});
    EXPECT_EQ(shared_levels(b.net)[static_cast<std::size_t>(squashed)], of(root));
}

}  // namespace
}  // namespace tarsier::infer::quantize
