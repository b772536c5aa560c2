// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/infer/detection.h>

#include <cmath>
#include <limits>

namespace tarsier::infer {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Detection, OverlapIsTheSharedPartOfBothBoxes) {
    EXPECT_FLOAT_EQ(overlap({0, 0, 2, 2}, {1, 0, 3, 2}), 2.0F / 6);
    EXPECT_FLOAT_EQ(overlap({0, 0, 2, 2}, {0, 0, 2, 2}), 1);
    EXPECT_FLOAT_EQ(overlap({0, 0, 2, 2}, {2, 0, 3, 2}), 0);
    EXPECT_FLOAT_EQ(overlap({1, 1, 1, 1}, {1, 1, 1, 1}), 0);
}

TEST(Detection, ADeltaMovesInPartsOfTheBoxAndClipsToThePicture) {
    const float deltas[4] = {0.5F, 0, std::log(2.0F), 0};
    const Box box = decode_box({10, 10, 20, 30}, deltas, {1, 1, 1, 1}, 100, 100);
    EXPECT_FLOAT_EQ(box.left, 10);
    EXPECT_FLOAT_EQ(box.right, 30);
    EXPECT_FLOAT_EQ(box.top, 10);
    const Box clipped = decode_box({10, 10, 20, 30}, deltas, {1, 1, 1, 1}, 25, 25);
    EXPECT_FLOAT_EQ(clipped.right, 25);
    EXPECT_FLOAT_EQ(clipped.bottom, 25);
}

TEST(Detection, HardSuppressionKeepsTheBestOfOverlappingBoxes) {
    const std::vector<Box> boxes = {{0, 0, 10, 10}, {1, 0, 11, 10}, {20, 0, 30, 10}};
    const std::vector<float> scores = {0.5F, 0.9F, 0.7F};
    EXPECT_EQ(suppress(boxes, scores, 0.5F, 10), (std::vector<int>{1, 2}));
    EXPECT_EQ(suppress(boxes, scores, 0.9F, 10), (std::vector<int>{1, 2, 0}));
    EXPECT_EQ(suppress(boxes, scores, 0.9F, 1), (std::vector<int>{1}));
}

TEST(Detection, SoftSuppressionLowersScoresInsteadOfDropping) {
    const std::vector<Box> boxes = {{0, 0, 10, 10}, {0, 0, 10, 8}, {20, 0, 30, 10}};
    const std::vector<float> scores = {0.9F, 0.8F, 0.5F};
    const auto linear = suppress_softly(boxes, scores);
    ASSERT_EQ(linear.size(), 3U);
    EXPECT_EQ(linear[1].index, 2);
    EXPECT_EQ(linear[2].index, 1);
    EXPECT_NEAR(linear[2].score, 0.8F * 0.2F, 1e-6);
    const auto gaussian = suppress_softly(boxes, scores, SoftNms::Gaussian);
    EXPECT_NEAR(gaussian[2].score, 0.8F * std::exp(-0.64F / 0.5F), 1e-6);
    EXPECT_EQ(suppress_softly(boxes, scores, SoftNms::Linear, 0.3F).size(), 2U);
}

TEST(Detection, NumbersThatAreNotFiniteEndAsNothingWorseThanBoxesInThePicture) {
    const std::vector<Box> anchors = anchor_boxes(2, 2);
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
        const std::vector<float> logits(anchors.size(), bad);
        const std::vector<float> deltas(4 * anchors.size(), bad);
        const Proposals proposals = propose(anchors, logits, deltas);
        for (const Box& box : proposals.boxes) {
            EXPECT_GE(box.left, 0);
            EXPECT_LE(box.right, 320);
        }
        const std::vector<Box> boxes = {{bad, bad, bad, bad}, {0, 0, 5, 5}};
        const std::vector<float> features(2 * 2 * kPooled, bad);
        std::vector<float> pooled(2 * kPooled);
        pool_regions(features, 2, 2, boxes, Pooling::Mean, pooled);
        const std::vector<float> rows(2 * 3, bad);
        const auto found = detect(boxes, rows, 3, std::vector<float>(8, bad));
        EXPECT_LE(found.size(), 4U);
    }
}

}  // namespace
}  // namespace tarsier::infer
