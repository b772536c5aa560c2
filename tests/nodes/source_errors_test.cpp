// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "media_clip.h"

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

Status start_error(const Options& options, std::string_view node = "source.video") {
    return play(options, node, 1000).status;
}

TEST(VideoSource, SaysWhereItLookedForAnAbsentFile) {
    const Status status = start_error({{"uri", "no_such_clip.mp4"}});
    EXPECT_ERROR(status, Code::NotFound, "no_such_clip.mp4");
    EXPECT_ERROR(status, Code::NotFound, fs::current_path().string());
}

TEST(VideoSource, SaysWhichCamerasThereAreWhenOneIsAbsent) {
    EXPECT_ERROR(start_error({{"uri", "camera:97"}}), Code::NotFound, "/dev/video97");
    EXPECT_ERROR(start_error({{"uri", "/dev/video97"}}), Code::NotFound, "hint");
}

TEST(VideoSource, SaysHowToFetchAnAbsentSample) {
    const TempFolder folder;
    ::setenv("TARSIER_MEDIA", folder.path().c_str(), 1);
    const Status status = start_error({{"uri", "sample:portrait"}});
    EXPECT_ERROR(status, Code::NotFound, "./dev demo");
    EXPECT_ERROR(status, Code::NotFound, folder.path().string());
    ASSERT_TRUE(make_clip(folder / "street.mp4", 4));
    EXPECT_EQ(play({{"uri", "sample:street"}}).stamps.size(), 4u);
    EXPECT_ERROR(start_error({{"uri", "sample:portrait"}}), Code::NotFound, "street");
    ::unsetenv("TARSIER_MEDIA");
}

TEST(VideoSource, RefusesImpossibleUris) {
    EXPECT_ERROR(start_error({}), Code::Invalid, "uri");
    EXPECT_ERROR(start_error({{"uri", "camera:front"}}), Code::Invalid, "camera:0");
    EXPECT_ERROR(start_error({{"uri", "test:bal"}}), Code::NotFound, "test:ball");
    EXPECT_ERROR(start_error({{"uri", "/tmp"}}), Code::Unsupported, "source.images");
    EXPECT_ERROR(start_error({{"uri", "test:ball"}, {"size", "640"}}), Code::Invalid, "640");
}

TEST(VideoSource, GivesTheReasonWhyAFileCannotBeDecoded) {
    const TempFolder folder;
    std::ofstream(folder / "words.mp4") << "these are words, not pictures\n";
    EXPECT_ERROR(start_error({{"uri", folder / "words.mp4"}}), Code::BadData, "type of stream");
    std::ofstream(folder / "empty.mp4");
    EXPECT_ERROR(start_error({{"uri", folder / "empty.mp4"}}), Code::BadData, "empty.mp4");
}

TEST(VideoSource, NamesAStreamWithoutVideo) {
    const TempFolder folder;
    ASSERT_TRUE(run_pipeline("audiotestsrc num-buffers=20 ! wavenc ! filesink location=" +
                             folder / "a.wav"));
    EXPECT_ERROR(start_error({{"uri", folder / "a.wav"}}), Code::BadData, "no video");
}

TEST(VideoSource, DeliversWhatATruncatedFileStillHolds) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mkv", 50, "x264enc bframes=0 key-int-max=10 ! matroskamux"));
    fs::resize_file(folder / "a.mkv", fs::file_size(folder / "a.mkv") / 2);
    const Played played = play({{"uri", folder / "a.mkv"}});
    EXPECT_GT(played.stamps.size(), 5u);
    EXPECT_LT(played.stamps.size(), 50u);
}

TEST(VideoSource, ReportsAnMp4ThatLostItsIndex) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 50));
    fs::resize_file(folder / "a.mp4", fs::file_size(folder / "a.mp4") / 2);
    const Status status = start_error({{"uri", folder / "a.mp4"}});
    EXPECT_ERROR(status, Code::BadData, "no playable streams");
}

TEST(VideoSource, ReportsADamagedStill) {
    const TempFolder folder;
    std::ofstream(folder / "a.png", std::ios::binary) << "\x89PNG\r\n\x1a\n and nothing more";
    EXPECT_ERROR(start_error({{"uri", folder / "a.png"}}), Code::BadData, "a.png");
}

TEST(VideoSource, ReportsAFileThatMayNotBeRead) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 2));
    fs::permissions(folder / "a.mp4", fs::perms::none);
    ASSERT_EQ(::seteuid(65534), 0);
    const Status status = start_error({{"uri", folder / "a.mp4"}});
    ASSERT_EQ(::seteuid(0), 0);
    EXPECT_ERROR(status, Code::Permission, "a.mp4");
}

TEST(VideoSource, ReportsAServerThatDoesNotAnswer) {
    // Nobody listens on the discard port.
    const Status http = start_error({{"uri", "http://127.0.0.1:9/clip.mp4"}});
    ASSERT_FALSE(http);
    EXPECT_NE(http.error().message.find("127.0.0.1:9"), std::string::npos)
        << http.error().to_string();
    EXPECT_ERROR(start_error({{"uri", "rtsp://127.0.0.1:9/live"}}), Code::Unavailable,
                 "127.0.0.1:9");
}

TEST(ImagesSource, ReportsWhatItCannotFindOrDecode) {
    const TempFolder folder;
    EXPECT_ERROR(start_error({{"path", folder / "none"}}, "source.images"), Code::NotFound, "none");
    EXPECT_ERROR(start_error({{"path", folder.path().string()}}, "source.images"), Code::NotFound,
                 "no picture");
    EXPECT_ERROR(start_error({{"path", folder / "*.png"}}, "source.images"), Code::NotFound,
                 "*.png");
    EXPECT_ERROR(start_error({}, "source.images"), Code::Invalid, "path");
    std::ofstream(folder / "bad.png") << "no picture";
    EXPECT_ERROR(start_error({{"path", folder.path().string()}}, "source.images"), Code::BadData,
                 "bad.png");
}

}  // namespace
}  // namespace tarsier::testing
