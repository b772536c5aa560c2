// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "common/picture.h"
#include "media_clip.h"
#include "source/still_clip.h"

namespace tarsier::testing {
namespace {

/// A picture with detail everywhere: smooth waves.
cv::Mat waves(int width, int height) {
    cv::Mat picture(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            picture.at<cv::Vec3b>(y, x) =
                cv::Vec3b(static_cast<std::uint8_t>(128 + 100 * std::sin(x * 0.1)),
                          static_cast<std::uint8_t>(128 + 100 * std::sin(y * 0.1)),
                          static_cast<std::uint8_t>(128 + 100 * std::sin((x + y) * 0.07)));
    return picture;
}

std::vector<cv::Mat> frames_of(NodeRunner& runner) {
    std::vector<cv::Mat> frames;
    while (!runner.node().finished()) {
        const Outputs out = runner.fire();
        if (!out.ok() || !out.has("image")) break;
        auto mat = nodes::to_opencv(*out.get<Image>("image"));
        if (!mat) break;
        frames.push_back(mat->clone());
    }
    return frames;
}

double difference(const cv::Mat& a, const cv::Mat& b) {
    return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * a.elemSize());
}

TEST(StillClip, PlaysForItsDuration) {
    const TempFolder folder;
    ASSERT_TRUE(cv::imwrite(folder / "a.jpg", waves(200, 200)));
    const Played played = play({{"uri", folder / "a.jpg"},
                                {"still.duration", "2s"},
                                {"still.fps", 24.0},
                                {"size", "64x64"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    ASSERT_EQ(played.stamps.size(), 48u);
    EXPECT_EQ(played.stamps[24].ts, kSecond);
    EXPECT_EQ(played.format, PixelFormat::Rgb8);
}

TEST(StillClip, IsKnownByItsContentNotItsName) {
    const TempFolder folder;
    ASSERT_TRUE(cv::imwrite(folder / "a.png", waves(64, 64)));
    std::filesystem::rename(folder / "a.png", folder / "a.mp4");
    EXPECT_EQ(play({{"uri", folder / "a.mp4"}, {"still.duration", "1s"}, {"size", "32x32"}})
                  .stamps.size(),
              30u);
}

TEST(StillClip, KeepsTheShapeOfOrdinaryPictures) {
    using nodes::StillClip;
    EXPECT_EQ(StillClip::default_size({512, 512}), (Size{720, 720}));
    EXPECT_EQ(StillClip::default_size({4000, 3000}), (Size{960, 720}));
    EXPECT_EQ(StillClip::default_size({1920, 1080}), (Size{1280, 720}));
    EXPECT_EQ(StillClip::default_size({4000, 1000}), (Size{1280, 720}));
    EXPECT_EQ(StillClip::default_size({1080, 1920}), (Size{720, 720}));
}

TEST(StillClip, MovesSmoothlyWithoutSeamAndWithoutBorders) {
    const TempFolder folder;
    ASSERT_TRUE(cv::imwrite(folder / "a.png", waves(512, 512)));
    NodeRunner runner("source.video",
                      {{"uri", folder / "a.png"}, {"size", "320x320"}, {"still.duration", "10s"}});
    ASSERT_TRUE(runner.status()) << runner.status().error().to_string();
    const auto frames = frames_of(runner);
    ASSERT_EQ(frames.size(), 300u);
    double fastest = 0;
    double slowest = 255;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const double step = difference(frames[i], frames[(i + 1) % frames.size()]);
        fastest = std::max(fastest, step);
        slowest = std::min(slowest, step);
        double darkest = 0;
        cv::minMaxLoc(frames[i].reshape(1), &darkest, nullptr);
        EXPECT_GT(darkest, 15) << "a black border at " << i;
    }
    EXPECT_GT(slowest, 0.0);
    EXPECT_LT(fastest, 6.0);
    EXPECT_GT(difference(frames[0], frames[150]), fastest);
}

TEST(StillClip, IsTheSameEveryTime) {
    const TempFolder folder;
    ASSERT_TRUE(cv::imwrite(folder / "a.png", waves(300, 200)));
    const Options options{{"uri", folder / "a.png"}, {"size", "160x90"}, {"still.duration", "1s"}};
    NodeRunner first("source.video", options);
    NodeRunner second("source.video", options);
    const auto a = frames_of(first);
    const auto b = frames_of(second);
    ASSERT_EQ(a.size(), 30u);
    ASSERT_EQ(b.size(), 30u);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(difference(a[i], b[i]), 0.0);
}

TEST(StillClip, StandsStillWhenToldTo) {
    const TempFolder folder;
    const cv::Mat picture = waves(160, 120);
    ASSERT_TRUE(cv::imwrite(folder / "a.png", picture));
    NodeRunner runner("source.video", {{"uri", folder / "a.png"},
                                       {"size", "160x120"},
                                       {"still.duration", "1s"},
                                       {"still.motion", "none"}});
    const auto frames = frames_of(runner);
    ASSERT_EQ(frames.size(), 30u);
    for (const cv::Mat& frame : frames) EXPECT_LT(difference(frame, picture), 0.5);
}

TEST(StillClip, ComesInEveryFormat) {
    const TempFolder folder;
    const cv::Mat picture = waves(160, 120);
    ASSERT_TRUE(cv::imwrite(folder / "a.png", picture));
    for (const char* format : {"nv12", "i420", "rgb8", "bgr8", "rgba8"}) {
        NodeRunner runner("source.video", {{"uri", folder / "a.png"},
                                           {"size", "160x120"},
                                           {"format", format},
                                           {"still.duration", "100ms"},
                                           {"still.motion", "none"}});
        const auto frames = frames_of(runner);
        ASSERT_EQ(frames.size(), 3u) << format;
        cv::Mat bgr = frames[0];
        if (bgr.channels() == 4) cv::cvtColor(bgr, bgr, cv::COLOR_BGRA2BGR);
        EXPECT_LT(difference(bgr, picture), 2.0) << format;
    }
}

TEST(ImagesSource, PlaysThePicturesOfAFolderByName) {
    const TempFolder folder;
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(cv::imwrite(folder / ("p" + std::to_string(3 - i) + ".png"),
                                cv::Mat(8, 8, CV_8UC3, cv::Scalar::all((3 - i) * 50))));
    NodeRunner runner("source.images", {{"path", folder.path().string()}, {"fps", 10.0}});
    ASSERT_TRUE(runner.status()) << runner.status().error().to_string();
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(runner.node().finished());
        const Outputs out = runner.fire();
        ASSERT_TRUE(out.ok());
        EXPECT_EQ(out.get<Image>("image")->plane().row(0)[0], i * 50);
        EXPECT_EQ(out.stamps.at("image").ts, i * 100 * kMillisecond);
    }
    EXPECT_TRUE(runner.node().finished());
}

TEST(ImagesSource, TakesAPatternOrOneFile) {
    const TempFolder folder;
    for (const char* name : {"a1.png", "a2.png", "b1.png"})
        ASSERT_TRUE(cv::imwrite(folder / name, waves(16, 16)));
    EXPECT_EQ(play({{"path", folder / "a*.png"}}, "source.images").stamps.size(), 2u);
    EXPECT_EQ(play({{"path", folder / "b1.png"}}, "source.images").stamps.size(), 1u);
    EXPECT_EQ(play({{"path", folder / "a*.png"}, {"size", "20x10"}}, "source.images").size,
              (Size{20, 10}));
    EXPECT_EQ(play({{"path", folder / "a*.png"}, {"loop", true}}, "source.images", 5).stamps.size(),
              5u);
}

}  // namespace
}  // namespace tarsier::testing
