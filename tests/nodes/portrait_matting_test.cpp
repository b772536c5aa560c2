// SPDX-License-Identifier: Apache-2.0
// The whole node with the model that ships.
#include <run_node.h>
#include <tarsier/base/assets.h>

#include <cstdlib>

#include "pictures.h"

namespace tarsier::testing {
namespace {

class PortraitMatting : public ::testing::Test {
  protected:
    void SetUp() override { setenv("TARSIER_ASSETS", TARSIER_SOURCE_DIR "/assets", 1); }
};

/// Something a network may see as a person: a head and shoulders on a pale wall.
Image drawn_person(PixelFormat format, Size size = {640, 360}) {
    return paint(size, format, [=](int p, int x, int y, int c) {
        const int shift = p > 0 ? 1 : 0;
        const double u = (x * (1 << shift) - size.width / 2.0) / size.height;
        const double v = (y * (1 << shift)) / static_cast<double>(size.height);
        const bool head = u * u / 0.018 + (v - 0.35) * (v - 0.35) / 0.03 < 1;
        const bool body = u * u / 0.11 + (v - 1.05) * (v - 1.05) / 0.26 < 1;
        if (p > 0) return head ? (c == 0 ? 110 : 150) : 128;
        return head ? 170 : body ? 60 : 215;
    });
}

TEST_F(PortraitMatting, GivesAMatteAtTheSizeOfTheFrameInEveryFormat) {
    NodeRunner node("vision.portrait_matting");
    ASSERT_TRUE(node.status()) << node.status().error().to_string();
    for (const PixelFormat format : {PixelFormat::Nv12, PixelFormat::I420, PixelFormat::Rgb8,
                                     PixelFormat::Bgr8, PixelFormat::Rgba8, PixelFormat::Gray8})
        for (const Size size : {Size{640, 360}, Size{321, 241}}) {
            const Outputs out = node.fire({{"image", payload(drawn_person(format, size))}});
            ASSERT_TRUE(out.ok()) << out.status.error().to_string();
            EXPECT_EQ(out.get<Image>("matte")->size(), size);
            EXPECT_EQ(out.get<Image>("matte")->format(), PixelFormat::Gray8);
        }
}

TEST_F(PortraitMatting, GivesTheSameMatteForTheSameFrameAgain) {
    const auto run = [] {
        return run_node("vision.portrait_matting", {},
                        {{"image", payload(drawn_person(PixelFormat::Nv12))}});
    };
    const Outputs first = run();
    const Outputs second = run();
    ASSERT_TRUE(first.ok() && second.ok());
    expect_alike(*first.get<Image>("matte"), *second.get<Image>("matte"));
}

TEST_F(PortraitMatting, FindsNobodyOnAnEmptyWall) {
    const Outputs out = run_node("vision.portrait_matting", {},
                                 {{"image", payload(plain({640, 360}, PixelFormat::Rgb8, 200))}});
    ASSERT_TRUE(out.ok()) << out.status.error().to_string();
    const Image& matte = *out.get<Image>("matte");
    int person = 0;
    for (int y = 0; y < 360; ++y)
        for (int x = 0; x < 640; ++x) person += at(matte, x, y) > 128;
    EXPECT_LT(person, 640 * 360 / 20);
}

TEST_F(PortraitMatting, ForgetsThePastInANewEpoch) {
    const auto fire = [](NodeRunner& node, Image&& image, Key key) {
        const Outputs out = node.fire({{"image", payload(std::move(image))}}, key);
        EXPECT_TRUE(out.ok()) << out.status.error().to_string();
        return out.ok() ? *out.get<Image>("matte")->clone() : Image();
    };
    NodeRunner fresh("vision.portrait_matting", {{"smoothing", 1.0}});
    const Image expected = fire(fresh, drawn_person(PixelFormat::Nv12), {0, 0});
    NodeRunner used("vision.portrait_matting", {{"smoothing", 1.0}});
    fire(used, plain({640, 360}, PixelFormat::Nv12, 128), {0, 0});
    expect_alike(fire(used, drawn_person(PixelFormat::Nv12), {1, 0}), expected);
}

TEST_F(PortraitMatting, NamesAModelThatIsNotThere) {
    const NodeRunner node("vision.portrait_matting", {{"model", "mmnet-257"}});
    EXPECT_ERROR(node.status(), Code::NotFound, "mmnet-25");
}

TEST_F(PortraitMatting, RejectsOptionsOutOfTheirRange) {
    EXPECT_ERROR(make_node("vision.portrait_matting", {{"smoothing", 2.0}}), Code::Invalid,
                 "smoothing");
    EXPECT_ERROR(make_node("vision.portrait_matting", {{"radius", 0}}), Code::Invalid, "radius");
}

}  // namespace
}  // namespace tarsier::testing
