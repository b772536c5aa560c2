// SPDX-License-Identifier: Apache-2.0
#include <opencv2/imgcodecs.hpp>

#include "common/picture.h"
#include "media_clip.h"

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

Image flat(int value, Size size = {16, 16}, PixelFormat format = PixelFormat::Rgb8) {
    const cv::Mat bgr(size.height, size.width, CV_8UC3, cv::Scalar(value / 2, 90, value));
    return std::move(*nodes::from_opencv(bgr, format));
}

Status write_frames(const Options& options, int frames) {
    NodeRunner runner("sink.image", options);
    TARSIER_CHECK(runner.status());
    for (int i = 0; i < frames; ++i)
        TARSIER_CHECK(runner.fire({{"image", payload(flat(i * 10))}}).status);
    return runner.stop();
}

int red_of(const std::string& file) { return cv::imread(file).at<cv::Vec3b>(0, 0)[2]; }

TEST(ImageSink, WritesTheLastPicture) {
    const TempFolder folder;
    const Status status = write_frames({{"to", folder / "a.png"}}, 5);
    ASSERT_TRUE(status) << status.error().to_string();
    EXPECT_EQ(red_of(folder / "a.png"), 40);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);  // no draft is left
}

TEST(ImageSink, WritesTheWantedPictureAsSoonAsItComes) {
    const TempFolder folder;
    NodeRunner runner("sink.image", {{"to", folder / "a.png"}, {"frame", 2}});
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(runner.fire({{"image", payload(flat(i * 10))}}).ok());
        EXPECT_EQ(fs::exists(folder / "a.png"), i >= 2);
    }
    ASSERT_TRUE(runner.stop());
    EXPECT_EQ(red_of(folder / "a.png"), 20);
}

TEST(ImageSink, NumbersFiles) {
    const TempFolder folder;
    ASSERT_TRUE(write_frames({{"to", folder / "p%03d.png"}, {"every", 2}}, 5));
    for (const char* name : {"p000.png", "p002.png", "p004.png"})
        EXPECT_TRUE(fs::exists(folder / name)) << name;
    EXPECT_FALSE(fs::exists(folder / "p001.png"));
    EXPECT_EQ(red_of(folder / "p004.png"), 40);
}

TEST(ImageSink, WritesJpegAndWebp) {
    const TempFolder folder;
    for (const char* name : {"a.jpg", "a.jpeg", "a.webp"}) {
        const Status written = write_frames({{"to", folder / name}}, 11);
        ASSERT_TRUE(written) << written.error().to_string();
        EXPECT_NEAR(red_of(folder / name), 100, 4) << name;
    }
}

TEST(ImageSink, SaysThatWebpHasNoTinyPictures) {
    const TempFolder folder;
    NodeRunner runner("sink.image", {{"to", folder / "a.webp"}});
    ASSERT_TRUE(runner.fire({{"image", payload(flat(10, {15, 16}))}}).ok());
    const Status status = runner.stop();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Unsupported);
    EXPECT_NE(status.error().message.find("15x16"), std::string::npos);
}

TEST(ImageSink, KeepsAlpha) {
    const TempFolder folder;
    const cv::Mat bgra(8, 8, CV_8UC4, cv::Scalar(10, 20, 30, 77));
    NodeRunner runner("sink.image", {{"to", folder / "a.png"}});
    ASSERT_TRUE(
        runner.fire({{"image", payload(std::move(*nodes::from_opencv(bgra, PixelFormat::Rgba8)))}})
            .ok());
    ASSERT_TRUE(runner.stop());
    const cv::Mat read = cv::imread(folder / "a.png", cv::IMREAD_UNCHANGED);
    ASSERT_EQ(read.channels(), 4);
    EXPECT_EQ(read.at<cv::Vec4b>(0, 0), cv::Vec4b(10, 20, 30, 77));
}

TEST(ImageSink, ConvertsYuvByMatrixAndRange) {
    using enum ColorSpace::Matrix;
    using enum ColorSpace::Range;
    struct Case {
        ColorSpace color;
        std::uint8_t y, u, v;  // of pure red, from the standards' formulas
    };
    const Case cases[] = {{{Bt601, Limited}, 81, 90, 240},
                          {{Bt709, Limited}, 63, 102, 240},
                          {{Bt601, Full}, 76, 85, 255},
                          {{Bt709, Full}, 54, 99, 255}};
    const TempFolder folder;
    for (const Case& c : cases)
        for (const PixelFormat format : {PixelFormat::Nv12, PixelFormat::I420}) {
            Image image = std::move(*Image::allocate({7, 5}, format));
            image.color = c.color;
            nodes::mat_of(image, 0).setTo(c.y);
            nodes::mat_of(image, 1).setTo(cv::Scalar(c.u, c.v));
            if (format == PixelFormat::I420) nodes::mat_of(image, 2).setTo(c.v);
            NodeRunner runner("sink.image", {{"to", folder / "a.png"}});
            ASSERT_TRUE(runner.fire({{"image", payload(std::move(image))}}).ok());
            ASSERT_TRUE(runner.stop());
            const cv::Mat read = cv::imread(folder / "a.png");
            ASSERT_EQ(read.size(), cv::Size(7, 5));
            EXPECT_NEAR(read.at<cv::Vec3b>(2, 3)[2], 255, 2);
            EXPECT_NEAR(read.at<cv::Vec3b>(2, 3)[1], 0, 2);
            EXPECT_NEAR(read.at<cv::Vec3b>(2, 3)[0], 0, 2);
        }
}

TEST(ImageSink, RefusesWhatItCannotWrite) {
    const TempFolder folder;
    EXPECT_ERROR(write_frames({}, 1), Code::Invalid, "to");
    EXPECT_ERROR(write_frames({{"to", "a.mp4"}}, 1), Code::Invalid, "sink.video");
    EXPECT_ERROR(write_frames({{"to", "a%s.png"}}, 1), Code::Invalid, "%05d");
    EXPECT_ERROR(write_frames({{"to", folder / "none/a.png"}}, 1), Code::NotFound, "mkdir -p");
}

}  // namespace
}  // namespace tarsier::testing
