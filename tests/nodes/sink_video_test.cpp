// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <opencv2/core.hpp>

#include "common/picture.h"
#include "media_clip.h"

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

/// A picture that differs from frame to frame; `noise` makes it hard to compress.
Image picture(int index, Size size, PixelFormat format, bool noise = false) {
    cv::Mat bgr(size.height, size.width, CV_8UC3, cv::Scalar(200, 120, 40));
    if (noise) {
        cv::RNG random(static_cast<std::uint64_t>(index) + 1);
        random.fill(bgr, cv::RNG::UNIFORM, 0, 255);
    } else {
        const int side = size.height / 2;
        bgr(cv::Rect(index * 2 % (size.width - side), side / 2, side, side))
            .setTo(cv::Scalar(40, 60, 220));
    }
    return std::move(*nodes::from_opencv(bgr, format));
}

struct Written {
    Status status = Ok{};
    int count = 0;
};

/// Feeds `frames` pictures 40 ms apart, stops, and says how that went.
Written write_frames(const Options& options, int frames, Size size = {160, 120},
                     PixelFormat format = PixelFormat::I420, bool noise = false,
                     Timestamp first = 0) {
    Written written;
    NodeRunner runner("sink.video", options);
    written.status = runner.status();
    for (int i = 0; i < frames && written.status; ++i) {
        written.status = runner
                             .fire({{"image", payload(picture(i, size, format, noise))}},
                                   Key{0, first + i * 40 * kMillisecond})
                             .status;
        if (written.status) ++written.count;
    }
    const Status stopped = runner.stop();
    if (written.status && !stopped) written.status = stopped;
    return written;
}

TEST(VideoSink, WritesFilesThatPlayWithEveryPictureAtItsTime) {
    const TempFolder folder;
    for (const char* name : {"a.mp4", "a.webm", "a.mkv"}) {
        const std::string file = folder / name;
        const Written written = write_frames({{"to", file}}, 60);
        ASSERT_TRUE(written.status) << name << ": " << written.status.error().to_string();
        const Played played = play({{"uri", file}});
        ASSERT_TRUE(played.status) << name << ": " << played.status.error().to_string();
        ASSERT_EQ(played.stamps.size(), 60u) << name;
        for (std::size_t i = 0; i < 60; ++i)
            EXPECT_NEAR(static_cast<double>(played.stamps[i].ts), static_cast<double>(i) * 40e6,
                        1e6)
                << name << i;
        EXPECT_EQ(played.size, (Size{160, 120}));
    }
}

TEST(VideoSink, TakesEveryFormatAndKeepsTheColours) {
    const TempFolder folder;
    const std::string file = folder / "a.mp4";
    for (const PixelFormat format : {PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8,
                                     PixelFormat::Bgr8, PixelFormat::Rgba8, PixelFormat::Gray8}) {
        const Written written =
            write_frames({{"to", file}, {"quality", 90}}, 5, {160, 120}, format);
        ASSERT_TRUE(written.status) << written.status.error().to_string();
        NodeRunner runner("source.video", {{"uri", file}, {"format", "rgb8"}});
        const Outputs out = runner.fire();
        ASSERT_TRUE(out.ok()) << out.status.error().to_string();
        const std::uint8_t* corner = out.get<Image>("image")->plane().row(4) + 3 * 150;
        if (format == PixelFormat::Gray8) continue;
        EXPECT_NEAR(corner[0], 40, 6) << format_info(format).name;
        EXPECT_NEAR(corner[1], 120, 6) << format_info(format).name;
        EXPECT_NEAR(corner[2], 200, 6) << format_info(format).name;
    }
}

TEST(VideoSink, StartsAtZeroForLivePictures) {
    const TempFolder folder;
    ASSERT_TRUE(write_frames({{"to", folder / "a.mp4"}}, 10, {64, 48}, PixelFormat::Nv12, false,
                             987654321000)
                    .status);
    const Played played = play({{"uri", folder / "a.mp4"}});
    ASSERT_EQ(played.stamps.size(), 10u);
    EXPECT_EQ(played.stamps.front().ts, 0);
}

TEST(VideoSink, CutsOddSizesToEvenOnes) {
    const TempFolder folder;
    ASSERT_TRUE(write_frames({{"to", folder / "a.mp4"}}, 5, {161, 121}, PixelFormat::Rgb8).status);
    EXPECT_EQ(play({{"uri", folder / "a.mp4"}}).size, (Size{160, 120}));
}

TEST(VideoSink, WritesTheSameBytesEveryTime) {
    const TempFolder folder;
    const auto bytes = [](const std::string& file) {
        std::ifstream stream(file, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    ASSERT_TRUE(write_frames({{"to", folder / "a.webm"}}, 30).status);
    ASSERT_TRUE(write_frames({{"to", folder / "b.webm"}}, 30).status);
    const Played a = play({{"uri", folder / "a.webm"}});
    const Played b = play({{"uri", folder / "b.webm"}});
    EXPECT_EQ(a.stamps.size(), b.stamps.size());
    EXPECT_EQ(bytes(folder / "a.webm").size(), bytes(folder / "b.webm").size());
}

TEST(VideoSink, ReportsAChangedSize) {
    const TempFolder folder;
    NodeRunner runner("sink.video", {{"to", folder / "a.mp4"}});
    ASSERT_TRUE(runner.fire({{"image", payload(picture(0, {64, 48}, PixelFormat::Rgb8))}}).ok());
    const Outputs out = runner.fire({{"image", payload(picture(0, {96, 48}, PixelFormat::Rgb8))}});
    EXPECT_ERROR(out.status, Code::Unsupported, "64x48 to 96x48");
}

TEST(VideoSink, ReportsWhereItCannotWrite) {
    const TempFolder folder;
    EXPECT_ERROR(write_frames({{"to", folder / "none/a.mp4"}}, 1).status, Code::NotFound,
                 "mkdir -p");
    fs::create_directory(folder / "folder.mp4");
    EXPECT_ERROR(write_frames({{"to", folder / "folder.mp4"}}, 1).status, Code::Unsupported,
                 "folder.mp4");
    EXPECT_ERROR(write_frames({{"to", "rtsp://127.0.0.1/x"}}, 1).status, Code::Unsupported,
                 "this version");
    EXPECT_ERROR(write_frames({{"to", "clip.txt"}}, 1).status, Code::Invalid, "clip.txt");
}

TEST(VideoSink, ReportsAFolderThatMayNotBeWritten) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    const TempFolder folder;
    ASSERT_EQ(::seteuid(65534), 0);
    const Status status = write_frames({{"to", folder / "a.mp4"}}, 1).status;
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_ERROR(status, Code::Permission, "a.mp4");
}

TEST(VideoSink, LeavesNoFileWhenNothingCame) {
    const TempFolder folder;
    ASSERT_TRUE(write_frames({{"to", folder / "a.mp4"}}, 0).status);
    EXPECT_FALSE(fs::exists(folder / "a.mp4"));
}

TEST(VideoSink, ShowsNothingWithoutAHeadAndOnNull) {
    EXPECT_EQ(write_frames({{"to", "window"}}, 3).count, 3);
    EXPECT_EQ(write_frames({{"to", "null:"}}, 3).count, 3);
}

/// A full disk, by way of the largest file that this process may write.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        before_ = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &limit_);
        rlimit lower = limit_;
        lower.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &lower);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &limit_);
        std::signal(SIGXFSZ, before_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit limit_{};
    void (*before_)(int) = nullptr;
};

TEST(VideoSink, LeavesAPlayableFileOnAFullDisk) {
    const TempFolder folder;
    for (const char* name : {"a.mp4", "a.webm", "a.mkv"}) {
        const std::string file = folder / name;
        Written written;
        {
            const FileSizeLimit limit(2'000'000);
            written = write_frames({{"to", file}}, 500, {320, 240}, PixelFormat::I420, true);
        }
        EXPECT_ERROR(written.status, Code::Exhausted, "disk full");
        EXPECT_LT(written.count, 500);
        const Played played = play({{"uri", file}});
        EXPECT_GT(static_cast<int>(played.stamps.size()), written.count / 3) << name;
        EXPECT_GT(played.stamps.size(), 5u)
            << name << ": " << (played.status ? "" : played.status.error().to_string());
    }
}

}  // namespace
}  // namespace tarsier::testing
