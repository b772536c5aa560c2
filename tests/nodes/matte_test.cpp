// SPDX-License-Identifier: Apache-2.0
// What becomes of a network's matte: cleaning, smoothing over time, refinement. No model needed.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "pictures.h"
#include "vision/matte.h"
#include "vision/refine.h"

namespace tarsier::testing {
namespace {

using nodes::ColorSnap;
using nodes::FloatPlane;
using nodes::MatteCleaner;
using nodes::MatteRefiner;
using nodes::MatteSmoother;

constexpr int kSide = 128;

FloatPlane plane_of(const std::function<float(int, int)>& value) {
    FloatPlane plane(kSide, kSide);
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) plane.row(y)[x] = value(x, y);
    return plane;
}

bool in_disc(int x, int y, double radius) { return std::hypot(x - 64, y - 64) < radius; }

TEST(MatteCleaner, KeepsASolidPersonAsItIs) {
    const FloatPlane person = plane_of([](int x, int y) { return in_disc(x, y, 30) ? 1.f : 0.f; });
    FloatPlane alpha = person;
    MatteCleaner().clean(alpha);
    EXPECT_EQ(alpha.values, person.values);
}

TEST(MatteCleaner, RemovesSpecksThatNothingSupports) {
    FloatPlane alpha = plane_of(
        [](int x, int y) { return in_disc(x, y, 30) || (x == 10 && y == 12) ? 1.f : 0.f; });
    MatteCleaner().clean(alpha);
    EXPECT_EQ(alpha.row(12)[10], 0.f);
    EXPECT_EQ(alpha.row(64)[64], 1.f);
}

TEST(MatteCleaner, KeepsThinPartsOfThePerson) {
    // A finger: one pixel wide, but connected.
    FloatPlane alpha = plane_of([](int x, int y) {
        return in_disc(x, y, 30) || (y == 64 && x > 64 && x < 110) ? 1.f : 0.f;
    });
    MatteCleaner().clean(alpha);
    EXPECT_EQ(alpha.row(64)[105], 1.f);
}

TEST(MatteCleaner, FillsUncertainHolesInsideThePerson) {
    FloatPlane alpha = plane_of([](int x, int y) {
        return in_disc(x, y, 4) ? 0.5f : in_disc(x, y, 30) ? 1.f : 0.f;
    });
    MatteCleaner().clean(alpha);
    EXPECT_GT(alpha.row(64)[64], 0.95f);
}

TEST(MatteCleaner, LeavesGapsThatTheNetworkIsSureOf) {
    FloatPlane alpha = plane_of([](int x, int y) {
        return in_disc(x, y, 12) ? 0.02f : in_disc(x, y, 30) ? 1.f : 0.f;
    });
    MatteCleaner().clean(alpha);
    EXPECT_LT(alpha.row(64)[64], 0.1f);
}

FloatPlane flat(float value) {
    return plane_of([value](int, int) { return value; });
}

TEST(MatteSmoother, TakesTheFirstMatteAsItIs) {
    FloatPlane alpha = flat(0.4f);
    MatteSmoother().smooth(1, flat(0.5f), alpha);
    EXPECT_EQ(alpha.values, flat(0.4f).values);
}

TEST(MatteSmoother, DampsFlickerWhereNothingMoves) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.5f);
    smoother.smooth(1, flat(0.5f), first);
    FloatPlane second = flat(0.6f);
    smoother.smooth(1, flat(0.5f), second);
    EXPECT_GT(second.row(3)[3], 0.5f);
    EXPECT_LT(second.row(3)[3], 0.53f);
}

TEST(MatteSmoother, HoldsExactlyWhatHardlyChanges) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.5f);
    smoother.smooth(1, flat(0.5f), first);
    FloatPlane second = flat(0.53f);
    smoother.smooth(1, flat(0.5f), second);
    EXPECT_EQ(second.values, first.values);
}

TEST(MatteSmoother, FollowsAtOnceWhereThePictureMoves) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.5f);
    smoother.smooth(1, flat(0.2f), first);
    FloatPlane second = flat(0.6f);
    smoother.smooth(1, flat(0.5f), second);
    EXPECT_NEAR(second.row(3)[3], 0.6f, 1e-6f);
}

TEST(MatteSmoother, StartsAnewAtASceneCut) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.9f);
    smoother.smooth(1, flat(0.5f), first);
    FloatPlane second = flat(0.3f);
    smoother.smooth(1, flat(0.5f), second);
    EXPECT_EQ(second.values, flat(0.3f).values);
}

TEST(MatteSmoother, StartsAnewAfterAReset) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.5f);
    smoother.smooth(1, flat(0.5f), first);
    smoother.reset();
    FloatPlane second = flat(0.6f);
    smoother.smooth(1, flat(0.5f), second);
    EXPECT_EQ(second.values, flat(0.6f).values);
}

TEST(MatteSmoother, DoesNothingAtStrengthZero) {
    MatteSmoother smoother;
    FloatPlane first = flat(0.5f);
    smoother.smooth(0, flat(0.5f), first);
    FloatPlane second = flat(0.51f);
    smoother.smooth(0, flat(0.5f), second);
    EXPECT_EQ(second.values, flat(0.51f).values);
}

TEST(ColorSnap, ExtendsTheMatteToTheEdgeOfItsColor) {
    // The person is red up to column 64, the network saw it up to column 58 only.
    std::vector<float> rgb;
    for (int i = 0; i < kSide * kSide; ++i) {
        const bool red = i % kSide < 64;
        rgb.insert(rgb.end(), {red ? 0.8f : 0.2f, 0.2f, red ? 0.2f : 0.7f});
    }
    FloatPlane alpha = plane_of([](int x, int) { return x < 58 ? 1.f : 0.f; });
    ColorSnap().snap(rgb.data(), alpha);
    EXPECT_GT(alpha.row(64)[61], 0.5f);
    EXPECT_LT(alpha.row(64)[67], 0.2f);
}

TEST(ColorSnap, KeepsFlatMattes) {
    const std::vector<float> rgb(kSide * kSide * 3, 0.3f);
    for (const float value : {0.f, 0.5f, 1.f}) {
        FloatPlane alpha = flat(value);
        ColorSnap().snap(rgb.data(), alpha);
        for (const float a : alpha.values) ASSERT_NEAR(a, value, 1e-4f);
    }
}

Image refined(const FloatPlane& alpha, const FloatPlane& luma, const Image& frame,
              const MatteRefiner::Settings& settings) {
    Image out = *Image::allocate(frame.size(), PixelFormat::Gray8);
    MatteRefiner().refine(alpha, luma, frame, settings, out);
    return out;
}

TEST(MatteRefiner, KeepsFlatMattesFlatAtEverySize) {
    for (const Size size : {Size{640, 360}, Size{127, 33}, Size{128, 128}, Size{3, 5}})
        for (const int radius : {0, 2, 5}) {
            MatteRefiner::Settings settings;
            settings.radius = radius;
            const Image frame = plain(size, PixelFormat::Gray8, 90);
            const FloatPlane luma = flat(90 / 255.f);
            expect_alike(refined(flat(1), luma, frame, settings),
                         plain(size, PixelFormat::Gray8, 255));
            expect_alike(refined(flat(0), luma, frame, settings),
                         plain(size, PixelFormat::Gray8, 0));
        }
}

TEST(MatteRefiner, PutsTheEdgeWhereTheFrameHasIt) {
    // The frame's edge is at column 320 of 640 (64 of 128); the matte's is 2 pixels of its own (10
    // of the frame) too far to the right.
    const Image frame = paint({640, 360}, PixelFormat::Gray8,
                              [](int, int x, int, int) { return x < 320 ? 200 : 50; });
    const FloatPlane luma = plane_of([](int x, int) { return (x < 64 ? 200 : 50) / 255.f; });
    const FloatPlane alpha = plane_of([](int x, int) { return x < 66 ? 1.f : 0.f; });
    MatteRefiner::Settings settings;
    settings.radius = 6;
    const Image out = refined(alpha, luma, frame, settings);
    EXPECT_GT(at(out, 312, 180), 230);
    EXPECT_LT(at(out, 326, 180), 60);
    settings.radius = 0;
    EXPECT_GT(at(refined(alpha, luma, frame, settings), 326, 180), 200);
}

TEST(MatteRefiner, UsesTheGuideOfPackedFormatsToo) {
    const FloatPlane luma = plane_of([](int x, int) { return (x < 64 ? 200 : 50) / 255.f; });
    const FloatPlane alpha = plane_of([](int x, int) { return x < 65 ? 1.f : 0.f; });
    const auto value = [](int, int x, int, int) { return x < 320 ? 200 : 50; };
    const Image grey = paint({640, 360}, PixelFormat::Gray8, value);
    for (const PixelFormat format : {PixelFormat::Rgb8, PixelFormat::Bgr8, PixelFormat::Rgba8})
        expect_alike(refined(alpha, luma, paint({640, 360}, format, value), {}),
                     refined(alpha, luma, grey, {}));
}

TEST(MatteRefiner, CutsAwayHaze) {
    const Image frame = plain({640, 360}, PixelFormat::Gray8, 90);
    const FloatPlane luma = flat(90 / 255.f);
    EXPECT_EQ(at(refined(flat(0.25f), luma, frame, {}), 100, 100), 0);
    EXPECT_EQ(at(refined(flat(0.75f), luma, frame, {}), 100, 100), 255);
}

TEST(GuideOfInput, MatchesTheLumaOfVideoFrames) {
    // White and black in limited BT.709: 235 and 16.
    const Image frame = plain({8, 8}, PixelFormat::Nv12, 0);
    FloatPlane luma(2, 1);
    const float rgb[6] = {1, 1, 1, 0, 0, 0};
    nodes::guide_of_input(rgb, frame, luma);
    EXPECT_NEAR(luma.values[0] * 255, 235, 0.01);
    EXPECT_NEAR(luma.values[1] * 255, 16, 0.01);
}

}  // namespace
}  // namespace tarsier::testing
