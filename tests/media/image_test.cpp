// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/media/image.h>

#include <cstring>
#include <vector>

namespace tarsier {
namespace {

TEST(Image, OddSizesRoundChromaPlanesUp) {
    const Result<Image> image = Image::allocate({5, 3}, PixelFormat::I420);
    ASSERT_TRUE(image);
    ASSERT_EQ(image->plane_count(), 3);
    EXPECT_EQ(image->plane(0).width, 5);
    EXPECT_EQ(image->plane(1).width, 3);
    EXPECT_EQ(image->plane(2).height, 2);
}

TEST(Image, Nv12InterleavesChroma) {
    const Result<Image> image = Image::allocate({6, 4}, PixelFormat::Nv12);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->plane(1).row_span(0).size(), 6U);
    EXPECT_EQ(image->plane(1).height, 2);
}

TEST(Image, RowsAreAlignedAndPlanesDoNotOverlap) {
    for (const PixelFormat format :
         {PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgr8, PixelFormat::Rgba8,
          PixelFormat::Nv12, PixelFormat::I420, PixelFormat::GrayF32, PixelFormat::RgbF32}) {
        Result<Image> image = Image::allocate({37, 11}, format);
        ASSERT_TRUE(image);
        for (int i = 0; i < image->plane_count(); ++i) {
            const MutablePlane plane = image->mutable_plane(i);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(plane.data) % 64, 0U);
            for (int y = 0; y < plane.height; ++y)
                std::memset(plane.row(y), i + 1, plane.row_span(y).size());
        }
        for (int i = 0; i < image->plane_count(); ++i)
            for (int y = 0; y < image->plane(i).height; ++y)
                for (const std::uint8_t byte : image->plane(i).row_span(y)) ASSERT_EQ(byte, i + 1);
    }
}

TEST(Image, RefusesImpossibleSizes) {
    for (const Size size : {Size{0, 5}, Size{5, -1}, Size{Image::kMaxSide + 1, 1}}) {
        const Result<Image> image = Image::allocate(size, PixelFormat::Gray8);
        ASSERT_FALSE(image);
        EXPECT_EQ(image.error().code, Code::Invalid);
    }
}

TEST(Image, WrapsForeignMemoryWithoutACopyAndKeepsItAlive) {
    auto bytes = std::make_shared<std::vector<std::uint8_t>>(10 * 4, 7);
    const Plane plane{bytes->data(), 10, 8, 4, 1};
    Result<Image> image = Image::wrap({8, 4}, PixelFormat::Gray8, {&plane, 1}, bytes);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->plane().data, bytes->data());
    EXPECT_FALSE(image->writable());
    EXPECT_EQ(image->mutable_plane().data, nullptr);
    EXPECT_EQ(bytes.use_count(), 2);
    *image = Image();
    EXPECT_EQ(bytes.use_count(), 1);
}

TEST(Image, RefusesToWrapRowsShorterThanThePicture) {
    const std::vector<std::uint8_t> bytes(64);
    const Plane plane{bytes.data(), 7, 8, 4, 1};
    EXPECT_FALSE(Image::wrap({8, 4}, PixelFormat::Gray8, {&plane, 1}, nullptr));
    EXPECT_FALSE(Image::wrap({8, 4}, PixelFormat::Nv12, {&plane, 1}, nullptr));
}

TEST(Image, CloneCopiesPixelsAndColorSpace) {
    Result<Image> image = Image::allocate({9, 2}, PixelFormat::Rgb8);
    ASSERT_TRUE(image);
    image->color.range = ColorSpace::Range::Full;
    for (int y = 0; y < 2; ++y) std::memset(image->mutable_plane().row(y), 10 + y, 27);
    const Result<Image> copy = image->clone();
    ASSERT_TRUE(copy);
    EXPECT_NE(copy->plane().data, image->plane().data);
    EXPECT_EQ(copy->plane().row(1)[26], 11);
    EXPECT_EQ(copy->color, image->color);
}

TEST(PixelFormat, NamesGoThereAndBack) {
    for (int i = 0; i <= static_cast<int>(PixelFormat::RgbF32); ++i) {
        const auto format = static_cast<PixelFormat>(i);
        EXPECT_EQ(parse_pixel_format(format_info(format).name), format);
    }
    EXPECT_EQ(parse_pixel_format("yuv9"), std::nullopt);
}

}  // namespace
}  // namespace tarsier
