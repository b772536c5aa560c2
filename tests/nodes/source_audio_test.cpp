// SPDX-License-Identifier: Apache-2.0
#include <tarsier/media/audio.h>

#include <cmath>
#include <fstream>

#include "media_clip.h"

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

/// What source.audio gives until it ends or fails.
struct Heard {
    std::vector<float> samples;
    std::vector<Stamp> stamps;
    std::vector<std::int64_t> frames;
    Status status = Ok{};
    bool live = false;
};

Heard hear(const Options& options, std::size_t most = 10000) {
    Heard heard;
    NodeRunner node("source.audio", options);
    heard.status = node.status();
    if (!heard.status) return heard;
    heard.live = node.node().live();
    while (!node.node().finished() && heard.stamps.size() < most) {
        const Outputs out = node.fire();
        heard.status = out.status;
        if (!out.ok()) break;
        if (const Audio* audio = out.get<Audio>("audio")) {
            heard.samples.insert(heard.samples.end(), audio->samples.begin(), audio->samples.end());
            heard.stamps.push_back(out.stamps.at("audio"));
            heard.frames.push_back(audio->frames());
        }
    }
    return heard;
}

/// A second of a sine of 440 Hz, as loud as it can be.
::testing::AssertionResult make_sound(const std::string& file, int rate, int channels,
                                      const std::string& encoder = "wavenc") {
    return run_pipeline(
        "audiotestsrc volume=1 samplesperbuffer=1000 num-buffers=" + std::to_string(rate / 1000) +
        " ! audio/x-raw,rate=" + std::to_string(rate) + ",channels=" + std::to_string(channels) +
        " ! audioconvert ! " + encoder + " ! filesink location=\"" + file + "\"");
}

int zero_crossings(const std::vector<float>& samples) {
    int crossings = 0;
    for (std::size_t i = 1; i < samples.size(); ++i)
        crossings += (samples[i - 1] < 0) != (samples[i] < 0);
    return crossings;
}

TEST(AudioSource, GivesAFileInPiecesOfEqualLengthAtTheRateThatIsWanted) {
    const TempFolder folder;
    ASSERT_TRUE(make_sound(folder / "a.wav", 48000, 2));
    const Heard heard = hear({{"uri", folder / "a.wav"}});
    ASSERT_TRUE(heard.status) << heard.status.error().to_string();
    EXPECT_FALSE(heard.live);
    EXPECT_NEAR(static_cast<double>(heard.samples.size()), 16000, 40);
    EXPECT_NEAR(zero_crossings(heard.samples), 880, 4);
    for (std::size_t i = 0; i < heard.stamps.size(); ++i) {
        EXPECT_EQ(heard.stamps[i].ts, static_cast<Timestamp>(i) * 10 * kMillisecond);
        if (i + 1 < heard.stamps.size()) {
            EXPECT_EQ(heard.frames[i], 160);
        }
    }
}

TEST(AudioSource, ReadsCompressedSoundAndTheSoundOfVideos) {
    const TempFolder folder;
    ASSERT_TRUE(make_sound(folder / "a.ogg", 48000, 1, "vorbisenc ! oggmux"));
    ASSERT_TRUE(make_sound(folder / "a.flac", 44000, 1, "flacenc"));
    ASSERT_TRUE(run_pipeline(
        "videotestsrc num-buffers=25 ! video/x-raw,framerate=25/1,width=64,height=64 ! x264enc ! "
        "m.  audiotestsrc samplesperbuffer=1600 num-buffers=10 ! audio/x-raw,rate=16000 ! "
        "flacenc ! m. matroskamux name=m ! filesink location=" +
        folder / "a.mkv"));
    for (const char* name : {"a.ogg", "a.flac", "a.mkv"}) {
        const Heard heard = hear({{"uri", folder / name}});
        ASSERT_TRUE(heard.status) << heard.status.error().to_string();
        EXPECT_NEAR(static_cast<double>(heard.samples.size()), 16000, 800) << name;
    }
}

TEST(AudioSource, GoesOnInTimeWhenItLoops) {
    const TempFolder folder;
    ASSERT_TRUE(make_sound(folder / "a.wav", 16000, 1));
    const Heard heard = hear({{"uri", folder / "a.wav"}, {"loop", true}}, 350);
    ASSERT_TRUE(heard.status) << heard.status.error().to_string();
    ASSERT_EQ(heard.stamps.size(), 350u);
    for (std::size_t i = 0; i < heard.stamps.size(); ++i)
        EXPECT_EQ(heard.stamps[i].ts, static_cast<Timestamp>(i) * 10 * kMillisecond);
}

TEST(AudioSource, PlaysTestWavesInRealTimeWhenTheyAreLive) {
    const Heard heard = hear({{"uri", "test:sine"}, {"live", true}, {"channels", 2}}, 20);
    ASSERT_TRUE(heard.status) << heard.status.error().to_string();
    EXPECT_TRUE(heard.live);
    ASSERT_EQ(heard.stamps.size(), 20u);
    EXPECT_EQ(heard.samples.size(), 20u * 160 * 2);
    EXPECT_LT(std::llabs(heard.stamps[0].ts - monotonic_now()), 10 * kSecond);
}

TEST(AudioSource, NamesWhatItCannotRead) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "silent.mp4", 4));
    std::ofstream(folder / "words.wav") << "these are words, not sound\n";
    EXPECT_ERROR(hear({{"uri", folder / "silent.mp4"}}).status, Code::BadData, "no sound");
    EXPECT_ERROR(hear({{"uri", folder / "words.wav"}}).status, Code::BadData, "words.wav");
    EXPECT_ERROR(hear({{"uri", "no_such.wav"}}).status, Code::NotFound, "no_such.wav");
    EXPECT_ERROR(hear({{"uri", "test:sin"}}).status, Code::NotFound, "test:sine");
    EXPECT_ERROR(hear({{"uri", ""}}).status, Code::Invalid, "microphone");
}

}  // namespace
}  // namespace tarsier::testing
