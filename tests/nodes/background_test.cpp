// SPDX-License-Identifier: Apache-2.0
#include <run_node.h>

#include <array>
#include <cmath>

#include "pictures.h"

namespace tarsier::testing {
namespace {

constexpr Size kSize{160, 120};
constexpr PixelFormat kFormats[] = {PixelFormat::Nv12, PixelFormat::I420, PixelFormat::Rgb8,
                                    PixelFormat::Bgr8};

Image stripes(PixelFormat format, Size size = kSize) {
    return paint(size, format,
                 [](int p, int x, int, int c) { return p > 0 ? 110 + 20 * c : x / 4 % 2 * 200; });
}

Image apply(const Options& options, Image&& image, Image&& matte) {
    Outputs out =
        run_node("render.background", options,
                 {{"image", payload(std::move(image))}, {"matte", payload(std::move(matte))}});
    EXPECT_TRUE(out.ok()) << out.status.error().to_string();
    return out.ok() ? *out.get<Image>("image")->clone() : Image();
}

TEST(Background, LeavesThePersonUntouchedInEveryFormatAndEffect) {
    for (const PixelFormat format : kFormats)
        for (const char* effect : {"blur", "color"})
            expect_alike(
                apply({{"effect", effect}}, stripes(format), plain(kSize, PixelFormat::Gray8, 255)),
                stripes(format));
}

TEST(Background, BlursWhatIsNotThePersonInEveryFormat) {
    for (const PixelFormat format : kFormats) {
        const Image out =
            apply({{"strength", 1.0}}, stripes(format), plain(kSize, PixelFormat::Gray8, 0));
        EXPECT_EQ(out.format(), format);
        for (int x = 20; x < 140; ++x) EXPECT_NEAR(at(out, x, 60), 100, 25) << x;
    }
}

TEST(Background, KeepsAFlatPictureFlat) {
    for (const PixelFormat format : kFormats)
        for (const Size size : {kSize, Size{161, 121}, Size{33, 7}, Size{2, 2}, Size{1, 1}})
            expect_alike(apply({}, plain(size, format, 77), plain(size, PixelFormat::Gray8, 0)),
                         plain(size, format, 77));
}

TEST(Background, BlursMoreWithMoreStrength) {
    const auto contrast = [](double strength) {
        const Image out = apply({{"strength", strength}},
                                paint({640, 480}, PixelFormat::Rgb8,
                                      [](int, int x, int, int) { return x / 16 % 2 * 200; }),
                                plain({640, 480}, PixelFormat::Gray8, 0));
        return at(out, 328, 240) - at(out, 312, 240);
    };
    EXPECT_GT(std::abs(contrast(0.0)), std::abs(contrast(0.5)));
    EXPECT_GT(std::abs(contrast(0.5)), std::abs(contrast(1.0)) - 1);
}

TEST(Background, DoesNotBleedThePersonIntoTheBackground) {
    // A white person on black: an ordinary blur would leave a bright ring around it.
    const auto inside = [](int x) { return x >= 60 && x < 100; };
    const Image out = apply(
        {{"strength", 1.0}},
        paint(kSize, PixelFormat::Rgb8, [&](int, int x, int, int) { return inside(x) ? 255 : 10; }),
        paint(kSize, PixelFormat::Gray8,
              [&](int, int x, int, int) { return inside(x) ? 255 : 0; }));
    for (int x = 0; x < kSize.width; ++x) EXPECT_NEAR(at(out, x, 60), inside(x) ? 255 : 10, 2) << x;
}

TEST(Background, MixesByTheMatteExactly) {
    const Image out =
        apply({{"effect", "color"}, {"color", "#000000"}}, plain(kSize, PixelFormat::Rgb8, 200),
              paint(kSize, PixelFormat::Gray8, [](int, int x, int, int) { return x; }));
    for (int x = 0; x < kSize.width; ++x) EXPECT_EQ(at(out, x, 3), (2 * 200 * x + 255) / 510) << x;
}

TEST(Background, FillsWithTheColorInTheFormatOfTheFrame) {
    const Options options{{"effect", "color"}, {"color", "#ff0000"}};
    const auto replaced = [&](PixelFormat format) {
        return apply(options, plain(kSize, format, 50), plain(kSize, PixelFormat::Gray8, 0));
    };
    const Image rgb = replaced(PixelFormat::Rgb8);
    EXPECT_EQ(at(rgb, 5, 5, 0), 255);
    EXPECT_EQ(at(rgb, 5, 5, 2), 0);
    const Image bgr = replaced(PixelFormat::Bgr8);
    EXPECT_EQ(at(bgr, 5, 5, 0), 0);
    EXPECT_EQ(at(bgr, 5, 5, 2), 255);
    const Image nv12 = replaced(PixelFormat::Nv12);  // BT.709, limited
    EXPECT_NEAR(at(nv12, 5, 5), 63, 1);
    EXPECT_NEAR(at(nv12, 5, 5, 0, 1), 102, 1);
    EXPECT_NEAR(at(nv12, 5, 5, 1, 1), 240, 1);
    const Image i420 = replaced(PixelFormat::I420);
    EXPECT_NEAR(at(i420, 5, 5, 0, 2), 240, 1);
}

TEST(Background, CutsOutWithTheMatteAsAlpha) {
    for (const PixelFormat format : kFormats) {
        const Image out =
            apply({{"effect", "transparent"}}, plain(kSize, format, 128),
                  paint(kSize, PixelFormat::Gray8, [](int, int x, int y, int) { return x + y; }));
        ASSERT_EQ(out.format(), PixelFormat::Rgba8);
        EXPECT_EQ(at(out, 30, 40, 3), 70);
        // Grey 128 of limited video is brighter than that of RGB.
        const bool yuv = format == PixelFormat::Nv12 || format == PixelFormat::I420;
        EXPECT_NEAR(at(out, 30, 40, 1), yuv ? 130 : 128, 1);
    }
}

TEST(Background, RefusesAMatteOfAnotherSize) {
    const Outputs out = run_node("render.background", {},
                                 {{"image", payload(plain(kSize, PixelFormat::Nv12, 1))},
                                  {"matte", payload(plain({80, 60}, PixelFormat::Gray8, 1))}});
    EXPECT_ERROR(out.status, Code::Invalid, "80x60");
}

TEST(Background, RefusesAFormatItCannotRender) {
    const Outputs out = run_node("render.background", {},
                                 {{"image", payload(plain(kSize, PixelFormat::Gray8, 1))},
                                  {"matte", payload(plain(kSize, PixelFormat::Gray8, 1))}});
    EXPECT_ERROR(out.status, Code::Unsupported, "gray8");
}

TEST(Background, NamesAPictureThatIsNotThere) {
    const NodeRunner node("render.background",
                          {{"effect", "picture"}, {"picture", "no/such/beach.jpg"}});
    EXPECT_ERROR(node.status(), Code::NotFound, "beach.jpg");
}

TEST(Background, AsksForThePictureItNeeds) {
    const NodeRunner node("render.background", {{"effect", "picture"}});
    EXPECT_ERROR(node.status(), Code::Invalid, "picture");
}

TEST(Background, RejectsAColorThatIsNone) {
    EXPECT_ERROR(make_node("render.background", {{"color", "greenish"}}), Code::Invalid, "color");
}

}  // namespace
}  // namespace tarsier::testing
