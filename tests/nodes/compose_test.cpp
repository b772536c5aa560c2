// SPDX-License-Identifier: Apache-2.0
#include <run_node.h>

#include "pictures.h"

namespace tarsier::testing {
namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgr8,
                                    PixelFormat::Rgba8, PixelFormat::Nv12, PixelFormat::I420};

TEST(Compose, PutsPicturesSideBySideInEveryFormat) {
    for (const PixelFormat format : kFormats) {
        const Outputs out = run_node("render.compose", {},
                                     {{"a", payload(plain({40, 30}, format, 10))},
                                      {"b", payload(plain({20, 30}, format, 200))}});
        ASSERT_TRUE(out.ok());
        const Image& image = *out.get<Image>("image");
        ASSERT_EQ(image.size(), (Size{60, 30}));
        ASSERT_EQ(image.format(), format);
        EXPECT_EQ(at(image, 39, 29), 10);
        EXPECT_EQ(at(image, 40, 0), 200);
    }
}

TEST(Compose, LeavesABlackGap) {
    const Outputs out = run_node("render.compose", {{"gap", 4}},
                                 {{"a", payload(plain({40, 30}, PixelFormat::Nv12, 100))},
                                  {"b", payload(plain({40, 30}, PixelFormat::Nv12, 100))}});
    ASSERT_TRUE(out.ok());
    const Image& image = *out.get<Image>("image");
    EXPECT_EQ(image.width(), 84);
    EXPECT_EQ(at(image, 42, 10), 16);  // black of limited video
    EXPECT_EQ(at(image, 21, 5, 0, 1), 128);
    EXPECT_EQ(at(image, 44, 10), 100);
}

TEST(Compose, TakesUpToFourPictures) {
    const Outputs out = run_node("render.compose", {},
                                 {{"a", payload(plain({8, 8}, PixelFormat::Rgb8, 1))},
                                  {"b", payload(plain({8, 8}, PixelFormat::Rgb8, 2))},
                                  {"c", payload(plain({8, 8}, PixelFormat::Rgb8, 3))},
                                  {"d", payload(plain({8, 8}, PixelFormat::Rgb8, 4))}});
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(at(*out.get<Image>("image"), 31, 7), 4);
}

TEST(Compose, MakesOddWidthsEvenAndKeepsThePixels) {
    const Outputs out = run_node("render.compose", {},
                                 {{"a", payload(plain({41, 31}, PixelFormat::I420, 90))},
                                  {"b", payload(plain({41, 31}, PixelFormat::I420, 91))}});
    ASSERT_TRUE(out.ok());
    const Image& image = *out.get<Image>("image");
    EXPECT_EQ(image.size(), (Size{84, 31}));
    EXPECT_EQ(at(image, 40, 30), 90);
    EXPECT_EQ(at(image, 41, 30), 16);
    EXPECT_EQ(at(image, 42, 30), 91);
}

TEST(Compose, WritesCaptionsOnTheirPicturesOnly) {
    for (const PixelFormat format : kFormats) {
        const Outputs out = run_node("render.compose", {{"captions.b", "Tarsier"}},
                                     {{"a", payload(plain({320, 180}, format, 128))},
                                      {"b", payload(plain({320, 180}, format, 128))}});
        ASSERT_TRUE(out.ok());
        const Image& image = *out.get<Image>("image");
        int bright = 0;
        int dark = 0;
        for (int y = 0; y < 180; ++y)
            for (int x = 0; x < 640; ++x) {
                if (x < 320) {
                    ASSERT_EQ(at(image, x, y), 128) << x << "," << y;
                }
                bright += at(image, x, y) > 200;
                dark += at(image, x, y) < 90;
            }
        EXPECT_GT(bright, 30);
        EXPECT_GT(dark, 200);
    }
}

TEST(Compose, RefusesPicturesOfDifferentFormats) {
    const Outputs out = run_node("render.compose", {},
                                 {{"a", payload(plain({40, 30}, PixelFormat::Nv12, 1))},
                                  {"b", payload(plain({40, 30}, PixelFormat::Rgb8, 1))}});
    EXPECT_ERROR(out.status, Code::Invalid, "rgb8");
}

TEST(Compose, RefusesPicturesOfDifferentHeights) {
    const Outputs out = run_node("render.compose", {},
                                 {{"a", payload(plain({40, 30}, PixelFormat::Nv12, 1))},
                                  {"b", payload(plain({40, 32}, PixelFormat::Nv12, 1))}});
    EXPECT_ERROR(out.status, Code::Invalid, "32");
}

}  // namespace
}  // namespace tarsier::testing
