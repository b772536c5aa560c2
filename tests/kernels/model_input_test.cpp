// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/kernels/model_input.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace tarsier::kernels {
namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgr8,
                                    PixelFormat::Rgba8, PixelFormat::Nv12, PixelFormat::I420};

/// Every byte of every pixel of plane p is values[p][channel].
Image flat(Size size, PixelFormat format, const std::array<std::array<int, 4>, 3>& values) {
    Image image = *Image::allocate(size, format);
    for (int p = 0; p < image.plane_count(); ++p) {
        const MutablePlane plane = image.mutable_plane(p);
        const auto& value = values[static_cast<std::size_t>(p)];
        for (int y = 0; y < plane.height; ++y) {
            std::size_t i = 0;
            for (std::uint8_t& byte : plane.row_span(y))
                byte = static_cast<std::uint8_t>(
                    value[i++ % static_cast<std::size_t>(plane.bytes_per_pixel)]);
        }
    }
    return image;
}

Image noise(Size size, PixelFormat format, unsigned seed) {
    Image image = *Image::allocate(size, format);
    std::mt19937 engine(seed);
    for (int p = 0; p < image.plane_count(); ++p)
        for (int y = 0; y < image.plane(p).height; ++y)
            for (std::uint8_t& byte : image.mutable_plane(p).row_span(y))
                byte = static_cast<std::uint8_t>(engine());
    return image;
}

std::vector<float> sampled(const Image& image, int width, int height,
                           const Table& table = kernels::table()) {
    std::vector<float> result(static_cast<std::size_t>(width * height * 3), -1.0f);
    ModelInput input(width, height, table);
    EXPECT_TRUE(input.write(image, result.data()));
    return result;
}

void expect_color(const Image& image, std::array<float, 3> color) {
    const std::vector<float> out = sampled(image, 20, 12);
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], color[i % 3], 4e-3f) << i;
}

TEST(ModelInput, KeepsFlatColorsOfPackedFormats) {
    const Size size{64, 48};
    expect_color(flat(size, PixelFormat::Rgb8, {{{255, 51, 0}}}), {1.0f, 0.2f, 0.0f});
    expect_color(flat(size, PixelFormat::Bgr8, {{{255, 51, 0}}}), {0.0f, 0.2f, 1.0f});
    expect_color(flat(size, PixelFormat::Rgba8, {{{255, 51, 0, 77}}}), {1.0f, 0.2f, 0.0f});
    expect_color(flat(size, PixelFormat::Gray8, {{{51}}}), {0.2f, 0.2f, 0.2f});
}

TEST(ModelInput, DecodesLimitedBt709) {
    // Pure red: Y 63, U 102, V 240; white: 235, 128, 128.
    expect_color(flat({64, 48}, PixelFormat::Nv12, {{{63}, {102, 240}}}), {1.0f, 0.0f, 0.0f});
    expect_color(flat({64, 48}, PixelFormat::I420, {{{235}, {128}, {128}}}), {1.0f, 1.0f, 1.0f});
}

TEST(ModelInput, DecodesFullBt601) {
    // Pure blue in JPEG's colours: Y 29, U 255 (255.5 before rounding), V 107.
    Image image = flat({64, 48}, PixelFormat::I420, {{{29}, {255}, {107}}});
    image.color = {ColorSpace::Matrix::Bt601, ColorSpace::Range::Full};
    const std::vector<float> out = sampled(image, 8, 8);
    EXPECT_NEAR(out[0], 0.0f, 5e-3f);
    EXPECT_NEAR(out[1], 0.0f, 5e-3f);
    EXPECT_NEAR(out[2], 1.0f, 5e-3f);
}

TEST(ModelInput, AveragesOverTheAreaOfEachResultPixel) {
    // 10 columns to 4: each result pixel covers 2.5 columns.
    Image image = *Image::allocate({10, 3}, PixelFormat::Gray8);
    std::array<int, 10> columns{0, 250, 10, 90, 200, 50, 255, 0, 30, 120};
    for (int y = 0; y < 3; ++y)
        for (int x = 0; x < 10; ++x)
            image.mutable_plane().row(y)[x] =
                static_cast<std::uint8_t>(columns[static_cast<std::size_t>(x)]);
    const std::vector<float> out = sampled(image, 4, 1);
    const std::array<double, 4> expected{(0 + 250 + 0.5 * 10) / 2.5, (0.5 * 10 + 90 + 200) / 2.5,
                                         (50 + 255 + 0.5 * 0) / 2.5, (0.5 * 0 + 30 + 120) / 2.5};
    for (std::size_t x = 0; x < 4; ++x) EXPECT_NEAR(out[3 * x], expected[x] / 255, 1e-3);
}

TEST(ModelInput, GrowsLinearlyWithCentredPixels) {
    Image image = *Image::allocate({2, 1}, PixelFormat::Gray8);
    image.mutable_plane().row(0)[0] = 0;
    image.mutable_plane().row(0)[1] = 200;
    const std::vector<float> out = sampled(image, 4, 2);
    const std::array<double, 4> expected{0, 50, 150, 200};
    for (std::size_t x = 0; x < 4; ++x) EXPECT_NEAR(out[3 * x], expected[x] / 255, 1e-3) << x;
}

TEST(ModelInput, MirrorsWithThePicture) {
    // No shift by a part of a pixel: a mirrored picture gives the mirrored input.
    Image image = noise({101, 37}, PixelFormat::Gray8, 1);
    Image mirrored = *image.clone();
    for (int y = 0; y < 37; ++y)
        std::reverse(mirrored.mutable_plane().row(y), mirrored.mutable_plane().row(y) + 101);
    const std::vector<float> a = sampled(image, 33, 32);
    const std::vector<float> b = sampled(mirrored, 33, 32);
    for (std::size_t y = 0; y < 32; ++y)
        for (std::size_t x = 0; x < 33; ++x)
            ASSERT_NEAR(a[(y * 33 + x) * 3], b[(y * 33 + 32 - x) * 3], 4e-3f);
}

TEST(ModelInput, IsTheSameOnEveryLevelForEveryFormat) {
    for (const PixelFormat format : kFormats)
        for (const Size size : {Size{1280, 720}, Size{97, 53}, Size{33, 200}, Size{2, 2}}) {
            const Image image = noise(size, format, 7);
            const std::vector<float> expected = sampled(image, 64, 48, table_at(*levels().begin()));
            for (const Level& level : levels()) {
                if (!level.supported()) continue;
                const std::vector<float> got = sampled(image, 64, 48, table_at(level));
                for (std::size_t i = 0; i < got.size(); ++i)
                    ASSERT_NEAR(got[i], expected[i], 1e-5f)
                        << level.name << " " << format_info(format).name << " at " << i;
            }
        }
}

TEST(ModelInput, WritesTheLevelsOfItsFloats) {
    const Image image = noise({97, 53}, PixelFormat::Nv12, 3);
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        const Table table = table_at(level);
        const std::vector<float> floats = sampled(image, 33, 16, table);
        std::vector<std::uint8_t> expected(floats.size()), beside(floats.size()), alone(beside);
        table.quantize_i8({floats.data(), 3, expected.data(), 3, 3, 211.7F, 9}, 0, 33 * 16);
        ModelInput input(33, 16, table);
        std::vector<float> same(floats.size());
        ASSERT_TRUE(input.write(image, same.data(), {beside.data(), 211.7F, 9}));
        ASSERT_TRUE(input.write(image, nullptr, {alone.data(), 211.7F, 9}));
        EXPECT_EQ(same, floats) << level.name;
        EXPECT_EQ(beside, expected) << level.name;
        EXPECT_EQ(alone, expected) << level.name;
    }
}

TEST(ModelInput, FollowsAChangeOfSizeAndFormat) {
    ModelInput input(16, 16);
    std::vector<float> out(16 * 16 * 3);
    ASSERT_TRUE(input.write(flat({64, 64}, PixelFormat::Gray8, {{{255}}}), out.data()));
    ASSERT_TRUE(input.write(flat({20, 90}, PixelFormat::Rgb8, {{{0, 255, 0}}}), out.data()));
    EXPECT_NEAR(out[0], 0.0f, 1e-6f);
    EXPECT_NEAR(out[1], 1.0f, 1e-6f);
}

TEST(ModelInput, RefusesPicturesOfFloats) {
    ModelInput input(4, 4);
    float out[48];
    const Status status = input.write(*Image::allocate({8, 8}, PixelFormat::RgbF32), out);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Unsupported);
}

}  // namespace
}  // namespace tarsier::kernels
