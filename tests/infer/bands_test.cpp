// SPDX-License-Identifier: Apache-2.0
#include "plan/bands.h"

#include <gtest/gtest.h>

#include "net_builder.h"

namespace tarsier::infer {
namespace {

constexpr int kSide = 64;
constexpr int kWide = 96;

/// A unit as the networks have it: widen, two depthwise branches side by side, one with stride and
/// dilation of its own, narrow again. Step 4 stands alone behind it.
NetBuilder unit(int dilation) {
    NetBuilder b;
    const int in = b.tensor(kSide, kSide, 16);
    const int wide = b.tensor(kSide, kSide, kWide);
    const int concat = b.tensor(kSide, kSide, kWide);
    const int narrow = b.tensor(kSide, kSide, 16);
    const int out = b.tensor(kSide, kSide, 16);
    b.input(in);
    b.step("conv1x1", {in}, wide);
    const auto window = [](double d) {
        return std::map<std::string, double>{{"kernel_h", 3},   {"kernel_w", 3}, {"dilation_h", d},
                                             {"dilation_w", d}, {"pad_top", d},  {"pad_left", d},
                                             {"pad_bottom", d}, {"pad_right", d}};
    };
    for (const int first : {0, kWide / 2})
        b.step("depthwise", {b.tensor(kSide, kSide, kWide / 2, wide, first)},
               b.tensor(kSide, kSide, kWide / 2, concat, first), {}, window(first ? dilation : 1));
    b.step("conv1x1", {concat}, narrow);
    b.step("sigmoid", {narrow}, out);
    b.output(out);
    return b;
}

TEST(Bands, RunUnitsThatPassMuchOnInTurns) {
    const NetBuilder b = unit(4);
    const std::vector<Group> groups = find_groups(b.net, 1);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].last, 4) << "the unit ends where it narrows";
    EXPECT_GT(groups[0].band, 0);
    EXPECT_LT(groups[0].band, kSide / 2);
    EXPECT_EQ(groups[1].band, 0) << "a step alone has nobody to take turns with";
}

TEST(Bands, MakeEveryRowOnceAndBeforeItIsNeeded) {
    for (const int dilation : {1, 4, 8, 63}) {
        SCOPED_TRACE(dilation);
        const NetBuilder b = unit(dilation);
        std::vector<int> done(b.net.steps.size());
        for (const Slice& slice : order_slices(b.net, find_groups(b.net, 1))) {
            const auto at = static_cast<std::size_t>(slice.step);
            EXPECT_EQ(slice.begin, done[at]);
            EXPECT_LT(slice.begin, slice.end);
            done[at] = slice.end;
            const auto expect_rows = [&](std::size_t step, int rows) {
                EXPECT_GE(done[step], std::min(rows, kSide)) << "for step " << at;
            };
            if (at == 1) expect_rows(0, slice.end + 1);
            if (at == 2) expect_rows(0, slice.end + dilation);
            if (at == 3) {
                expect_rows(1, slice.end);
                expect_rows(2, slice.end);
            }
            if (at == 4) expect_rows(3, kSide);
        }
        EXPECT_EQ(done, std::vector<int>(b.net.steps.size(), kSide));
    }
}

TEST(Bands, LeaveSmallTensorsAlone) {
    NetBuilder b;
    const int a = b.tensor(16, 16, 8);
    const int c = b.tensor(16, 16, 8);
    const int d = b.tensor(16, 16, 8);
    b.step("conv1x1", {a}, c);
    b.step("conv1x1", {c}, d);
    for (const Group& group : find_groups(b.net, 1)) EXPECT_EQ(group.band, 0);
}

}  // namespace
}  // namespace tarsier::infer
