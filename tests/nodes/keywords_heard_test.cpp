// SPDX-License-Identifier: Apache-2.0
// From files of speech to words, with a model that ships.
#include <tarsier/media/event.h>

#include <algorithm>
#include <cstdlib>

#include "media_clip.h"

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

/// The words that count in a file, one after the other, each with a space behind it.
std::string words_in(const fs::path& file) {
    NodeRunner ear("source.audio", {{"uri", file.string()}});
    NodeRunner mfcc("audio.mfcc");
    NodeRunner spotting("audio.keyword_spotting",
                        {{"model", std::string("tcresnet8-wake-en-int8")}});
    for (const NodeRunner* node : {&ear, &mfcc, &spotting})
        EXPECT_TRUE(node->status()) << node->status().error().to_string();
    std::string words;
    while (ear.status() && spotting.status() && !ear.node().finished()) {
        const Outputs sound = ear.fire();
        if (!sound.has("audio")) continue;
        const Key key{0, sound.stamps.at("audio").ts};
        const Outputs frames = mfcc.fire({{"audio", sound["audio"]}}, key);
        if (!frames.has("mfcc")) continue;
        const Outputs said = spotting.fire({{"mfcc", frames["mfcc"]}}, key);
        EXPECT_TRUE(said.ok());
        if (const Events* events = said.get<Events>("events"))
            for (const Event& event : events->events) words += event.label + " ";
    }
    return words;
}

TEST(Keywords, AreHeardInSpeechOfOthers) {
    const fs::path folder = fs::path(TARSIER_SOURCE_DIR) / "../shared/data/kws/wake_en/val";
    if (!fs::is_directory(folder)) GTEST_SKIP() << "no recordings in " << folder;
    setenv("TARSIER_ASSETS", TARSIER_SOURCE_DIR "/assets", 1);
    constexpr std::size_t kClips = 4;  // of each word
    int heard = 0;
    int clips = 0;
    for (const auto& word : fs::directory_iterator(folder)) {
        std::vector<fs::path> files(fs::directory_iterator(word.path()), {});
        std::ranges::sort(files);
        for (std::size_t i = 0; i < std::min(kClips, files.size()); ++i) {
            const std::string words = words_in(files[i]);
            heard += words == word.path().filename().string() + " ";
            EXPECT_LE(std::ranges::count(words, ' '), 1) << files[i] << ": " << words;
            ++clips;
        }
    }
    EXPECT_GE(heard, clips * 9 / 10) << "of " << clips;
    EXPECT_GT(clips, 20);
}

}  // namespace
}  // namespace tarsier::testing
