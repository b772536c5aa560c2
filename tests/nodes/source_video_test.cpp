// SPDX-License-Identifier: Apache-2.0
#include <tarsier/nodes/devices.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "media_clip.h"
#include "source/gst/frame.h"

namespace tarsier::testing {
namespace {

TEST(VideoSource, DeliversEveryPictureOfAFileAtItsTime) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 50));
    const Played played = play({{"uri", folder / "a.mp4"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    ASSERT_EQ(played.stamps.size(), 50u);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_NEAR(static_cast<double>(played.stamps[i].ts), static_cast<double>(i) * 40e6, 1e3);
        EXPECT_EQ(played.stamps[i].duration, 40 * kMillisecond);
    }
    EXPECT_EQ(played.size, (Size{160, 120}));
    EXPECT_EQ(played.format, PixelFormat::I420);
    EXPECT_FALSE(played.live);
}

TEST(VideoSource, OrdersThePicturesOfAStreamWithBPictures) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "b.mkv", 50, "x264enc bframes=3 ! matroskamux"));
    const Played played = play({{"uri", folder / "b.mkv"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    ASSERT_EQ(played.stamps.size(), 50u);
    EXPECT_TRUE(std::ranges::is_sorted(played.stamps, {}, &Stamp::ts));
}

TEST(VideoSource, PlaysWebmAviAndTransportStreams) {
    const TempFolder folder;
    const std::pair<const char*, const char*> kinds[] = {
        {"a.webm", "vp8enc deadline=1 ! webmmux"},
        {"a.avi", "jpegenc ! avimux"},
        {"a.ts", "x264enc bframes=0 ! mpegtsmux"},
    };
    for (const auto& [name, tail] : kinds) {
        ASSERT_TRUE(make_clip(folder / name, 20, tail)) << name;
        const Played played = play({{"uri", folder / name}});
        ASSERT_TRUE(played.status) << name << ": " << played.status.error().to_string();
        EXPECT_EQ(played.stamps.size(), 20u) << name;
        EXPECT_LT(played.stamps.front().ts, kSecond) << name;
    }
}

TEST(VideoSource, TakesAFileUri) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "with space.mp4", 5));
    std::string uri = "file://" + folder.path().string() + "/with%20space.mp4";
    EXPECT_EQ(play({{"uri", uri}}).stamps.size(), 5u);
}

TEST(VideoSource, ConvertsToTheWantedFormatAndSize) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 3));
    for (const char* name : {"nv12", "i420", "rgb8", "bgr8", "rgba8", "gray8"}) {
        const Played played =
            play({{"uri", folder / "a.mp4"}, {"format", name}, {"size", "96x96"}});
        ASSERT_TRUE(played.status) << played.status.error().to_string();
        EXPECT_EQ(played.stamps.size(), 3u);
        EXPECT_EQ(played.format, parse_pixel_format(name));
        EXPECT_EQ(played.size, (Size{96, 96}));
    }
}

TEST(VideoSource, FillsTheWantedSizeWithoutDistortion) {
    // A circle of the test pattern stays a circle: as wide as high, although the shape of the frame
    // changes.
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mkv", 1, "jpegenc quality=100 ! matroskamux",
                          "width=300,height=300"));
    NodeRunner clip("source.video",
                    {{"uri", folder / "a.mkv"}, {"size", "600x300"}, {"format", "gray8"}});
    const Outputs out = clip.fire();
    ASSERT_TRUE(out.ok()) << out.status.error().to_string();
    const Image& image = *out.get<Image>("image");
    int left = image.width(), right = 0, top = image.height(), bottom = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.plane().row(y)[x] > 128) {
                left = std::min(left, x), right = std::max(right, x);
                top = std::min(top, y), bottom = std::max(bottom, y);
            }
    EXPECT_NEAR(right - left, bottom - top, 3);
    EXPECT_GT(right - left, 60);  // the ball of 40 pixels, doubled
}

TEST(VideoSource, MakesPixelsSquare) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mkv", 3, "x264enc bframes=0 ! matroskamux",
                          "width=160,height=120,pixel-aspect-ratio=2/1"));
    EXPECT_EQ(play({{"uri", folder / "a.mkv"}}).size, (Size{320, 120}));
}

/// Writes the display matrix of a quarter turn into the track header of an MP4.
void turn_track(const std::string& file) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const std::size_t header = bytes.find("tkhd");
    ASSERT_NE(header, std::string::npos);
    constexpr std::size_t kMatrix = 44;  // of a version 0 header, from its name on
    const std::string quarter_turn{"\0\0\0\0\0\1\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0", 24};
    stream.seekp(static_cast<std::streamoff>(header + kMatrix));
    stream.write(quarter_turn.data(), static_cast<std::streamsize>(quarter_turn.size()));
}

TEST(VideoSource, TurnsPicturesUpright) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 5));
    turn_track(folder / "a.mp4");
    const Played played = play({{"uri", folder / "a.mp4"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    EXPECT_EQ(played.size, (Size{120, 160}));
    EXPECT_EQ(played.stamps.size(), 5u);
}

TEST(VideoSource, TakesTheColourSpaceFromTheStream) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "hd.mkv", 2, "x264enc bframes=0 ! matroskamux",
                          "width=160,height=120,colorimetry=bt709"));
    ASSERT_TRUE(make_clip(folder / "sd.mkv", 2, "x264enc bframes=0 ! matroskamux",
                          "width=160,height=120,colorimetry=bt601"));
    ASSERT_TRUE(make_clip(folder / "jpeg.mkv", 2, "jpegenc ! matroskamux"));
    using enum ColorSpace::Matrix;
    using enum ColorSpace::Range;
    EXPECT_EQ(play({{"uri", folder / "hd.mkv"}}).color, (ColorSpace{Bt709, Limited}));
    EXPECT_EQ(play({{"uri", folder / "sd.mkv"}}).color, (ColorSpace{Bt601, Limited}));
    EXPECT_EQ(play({{"uri", folder / "jpeg.mkv"}}).color, (ColorSpace{Bt601, Full}));
}

TEST(VideoSource, RepeatsOrLeavesOutPicturesForAnotherRate) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 25));
    const Played fast = play({{"uri", folder / "a.mp4"}, {"fps", 50.0}});
    EXPECT_NEAR(static_cast<double>(fast.stamps.size()), 50, 1);
    ASSERT_GT(fast.stamps.size(), 2u);
    EXPECT_EQ(fast.stamps[2].ts - fast.stamps[1].ts, 20 * kMillisecond);
    EXPECT_NEAR(static_cast<double>(play({{"uri", folder / "a.mp4"}, {"fps", 5.0}}).stamps.size()),
                5, 1);
}

TEST(VideoSource, LoopsWithGrowingTime) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 10));
    const Played played = play({{"uri", folder / "a.mp4"}, {"loop", true}, {"frames", 35}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    ASSERT_EQ(played.stamps.size(), 35u);
    for (std::size_t i = 0; i < 35; ++i)
        EXPECT_NEAR(static_cast<double>(played.stamps[i].ts), static_cast<double>(i) * 40e6, 1e3)
            << i;
}

TEST(VideoSource, EndsAfterTheWantedNumberOfPictures) {
    const Played played =
        play({{"uri", "test:smpte"}, {"frames", 7}, {"size", "64x48"}, {"fps", 10.0}});
    ASSERT_EQ(played.stamps.size(), 7u);
    EXPECT_EQ(played.stamps[6].ts, 600 * kMillisecond);
    EXPECT_EQ(played.size, (Size{64, 48}));
}

TEST(VideoSource, StampsLivePicturesWithTheMonotonicClock) {
    const Timestamp before = monotonic_now();
    const Played played =
        play({{"uri", "test:ball"}, {"live", true}, {"frames", 3}, {"size", "64x48"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    EXPECT_TRUE(played.live);
    ASSERT_EQ(played.stamps.size(), 3u);
    EXPECT_GE(played.stamps.front().ts, before);
    EXPECT_LE(played.stamps.back().ts, monotonic_now() + kSecond);
}

TEST(VideoSource, KeepsPicturesAliveBeyondItsEnd) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 10));
    const auto luma = [](const Image& image) {
        std::uint64_t sum = 0;
        for (int y = 0; y < image.height(); ++y)
            for (const std::uint8_t value : image.plane().row_span(y)) sum = sum * 31 + value;
        return sum;
    };
    std::vector<Payload> kept;
    std::vector<std::uint64_t> before;
    {
        NodeRunner runner("source.video", {{"uri", folder / "a.mp4"}});
        for (int i = 0; i < 10; ++i) {
            kept.push_back(runner.fire()["image"]);
            before.push_back(luma(*kept.back().as<Image>()));
        }
    }
    for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(luma(*kept[i].as<Image>()), before[i]);
}

TEST(VideoSource, WrapsABufferWithoutCopyAndUnmapsItAtTheEnd) {
    gst_init(nullptr, nullptr);
    GstVideoInfo info;
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 64, 48);
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    GstMapInfo map;
    ASSERT_TRUE(gst_buffer_map(buffer, &map, GST_MAP_READ));
    const std::uint8_t* data = map.data;
    gst_buffer_unmap(buffer, &map);
    {
        auto image = gst::wrap_buffer(buffer, info);
        ASSERT_TRUE(image);
        EXPECT_EQ(image->plane(0).data, data);
        EXPECT_EQ(image->plane(1).data, data + info.offset[1]);
        EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer), 2);
    }
    EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer), 1);
    gst_buffer_unref(buffer);
}

TEST(VideoSource, WrapsAPictureForGStreamerWithoutCopy) {
    gst_init(nullptr, nullptr);
    auto made = Image::allocate({50, 30}, PixelFormat::I420);
    ASSERT_TRUE(made);
    const auto image = std::make_shared<const Image>(std::move(*made));
    auto buffer = gst::wrap_image(image);
    ASSERT_TRUE(buffer);
    GstVideoInfo info;
    ASSERT_TRUE(gst_video_info_from_caps(&info, gst::caps_of(*image, 30).get()));
    GstVideoFrame frame;
    ASSERT_TRUE(gst_video_frame_map(&frame, &info, *buffer, GST_MAP_READ));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(GST_VIDEO_FRAME_PLANE_DATA(&frame, i), image->plane(i).data);
        EXPECT_EQ(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, i), image->plane(i).stride);
    }
    gst_video_frame_unmap(&frame);
    EXPECT_GT(image.use_count(), 1);
    gst_buffer_unref(*buffer);
    EXPECT_EQ(image.use_count(), 1);
}

TEST(VideoSource, EndsAWaitWhenTheGraphStops) {
    // One picture in a thousand seconds: a firing waits until it is told not to.
    NodeRunner runner("source.video",
                      {{"uri", "test:ball"}, {"live", true}, {"fps", 0.001}, {"size", "64x48"}});
    ASSERT_TRUE(runner.status()) << runner.status().error().to_string();
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        runner.request_stop();
    });
    const Outputs out = runner.fire();
    EXPECT_TRUE(out.ok());
    EXPECT_FALSE(out.has("image"));
    EXPECT_TRUE(runner.node().finished());
}

TEST(VideoSource, StartsAndStopsManyTimes) {
    for (int i = 0; i < 100; ++i) {
        NodeRunner runner("source.video", {{"uri", "test:black"}, {"size", "16x16"}});
        ASSERT_TRUE(runner.status()) << runner.status().error().to_string();
        if (i % 3 == 0) {
            ASSERT_TRUE(runner.fire().has("image"));
        }
        ASSERT_TRUE(runner.stop());
    }
}

TEST(Devices, AreListedOrThereAreNone) {
    const auto devices = nodes::list_video_devices();
    ASSERT_TRUE(devices) << devices.error().to_string();
    for (const nodes::VideoDevice& device : *devices) EXPECT_FALSE(device.uri.empty());
}

}  // namespace
}  // namespace tarsier::testing
