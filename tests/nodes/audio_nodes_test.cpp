// SPDX-License-Identifier: Apache-2.0
// audio.mfcc and audio.keyword_spotting with models that ship.
#include <run_node.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/event.h>
#include <tarsier/media/tensor.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

namespace tarsier::testing {
namespace {

Status start_error(std::string_view name, const Options& options) {
    return NodeRunner(name, options).status();
}

constexpr int kRate = kernels::Mfcc::kSampleRate;
constexpr std::size_t kCoefficients = kernels::Mfcc::kCoefficients;

std::vector<float> noise(std::size_t count) {
    std::mt19937 engine(3);
    std::uniform_real_distribution<float> range(-0.5F, 0.5F);
    std::vector<float> samples(count);
    for (float& sample : samples) sample = range(engine);
    return samples;
}

Audio sound(std::vector<float> samples, int rate = kRate, int channels = 1) {
    Audio audio;
    audio.sample_rate = rate;
    audio.channels = channels;
    audio.samples = std::move(samples);
    return audio;
}

Key at_sample(std::size_t sample, std::uint32_t epoch = 0) {
    return {epoch, static_cast<Timestamp>(sample) * kSecond / kRate};
}

/// All frames that the node makes of `samples` in pieces of `piece` samples.
std::vector<float> frames_of(const std::vector<float>& samples, std::size_t piece) {
    NodeRunner node("audio.mfcc");
    std::vector<float> all;
    for (std::size_t i = 0; i < samples.size(); i += piece) {
        const std::size_t end = std::min(i + piece, samples.size());
        const std::vector<float> part(samples.begin() + static_cast<std::ptrdiff_t>(i),
                                      samples.begin() + static_cast<std::ptrdiff_t>(end));
        const Outputs out = node.fire({{"audio", payload(sound(part))}}, at_sample(i));
        EXPECT_TRUE(out.ok()) << out.status.error().to_string();
        if (const Tensor* tensor = out.get<Tensor>("mfcc"))
            all.insert(all.end(), tensor->floats().begin(), tensor->floats().end());
    }
    return all;
}

TEST(Mfcc, MakesTheSameFramesHoweverTheSoundIsCut) {
    const std::vector<float> samples = noise(kRate / 2);
    const std::vector<float> whole = frames_of(samples, samples.size());
    EXPECT_EQ(whole.size(), ((samples.size() - 480) / 160 + 1) * kCoefficients);
    for (const std::size_t piece : {1u, 160u, 331u, 480u, 1000u})
        EXPECT_EQ(frames_of(samples, piece), whole) << piece;
    kernels::Mfcc kernel;
    std::vector<float> frame(kCoefficients);
    kernel.frame(std::span<const float, 480>(&samples[160], 480),
                 std::span<float, kCoefficients>(frame));
    EXPECT_EQ(std::vector<float>(whole.begin() + kCoefficients, whole.begin() + 2 * kCoefficients),
              frame);
}

TEST(Mfcc, BeginsAnewAfterAHoleAndInANewEpoch) {
    for (const Key next : {at_sample(400 + 800), at_sample(400, 1)}) {
        NodeRunner node("audio.mfcc");
        EXPECT_FALSE(node.fire({{"audio", payload(sound(noise(400)))}}, at_sample(0)).has("mfcc"));
        EXPECT_FALSE(node.fire({{"audio", payload(sound(noise(400)))}}, next).has("mfcc"));
        const Key after{next.epoch, next.ts + at_sample(400).ts};
        EXPECT_TRUE(node.fire({{"audio", payload(sound(noise(400)))}}, after).has("mfcc"));
    }
}

TEST(Mfcc, MixesChannels) {
    const std::vector<float> left = noise(800);
    std::vector<float> both;
    for (const float sample : left) both.insert(both.end(), {2 * sample, 0});
    NodeRunner node("audio.mfcc");
    const Outputs out = node.fire({{"audio", payload(sound(both, kRate, 2))}}, at_sample(0));
    ASSERT_TRUE(out.has("mfcc"));
    const auto values = out.get<Tensor>("mfcc")->floats();
    EXPECT_EQ(std::vector<float>(values.begin(), values.end()), frames_of(left, 800));
}

TEST(Mfcc, SaysWhichRateItNeeds) {
    const Outputs out = run_node("audio.mfcc", {}, {{"audio", payload(sound(noise(480), 44100))}});
    EXPECT_ERROR(out.status, Code::Unsupported, "rate: 16000");
}

class KeywordSpotting : public ::testing::Test {
  protected:
    void SetUp() override { setenv("TARSIER_ASSETS", TARSIER_SOURCE_DIR "/assets", 1); }
};

Tensor frames(std::size_t count, float value) {
    Tensor tensor = *Tensor::allocate(
        {static_cast<std::int64_t>(count), static_cast<std::int64_t>(kCoefficients)},
        ElementType::F32);
    for (float& x : tensor.floats()) x = value;
    return tensor;
}

TEST_F(KeywordSpotting, HearsNothingInSilenceNoiseAndNumbersThatAreNone) {
    for (const char* model : {"tcresnet8-wake-en-int8", "tcresnet8-commands-ar"}) {
        NodeRunner mfcc("audio.mfcc");
        NodeRunner node("audio.keyword_spotting", {{"model", std::string(model)}});
        ASSERT_TRUE(node.status()) << node.status().error().to_string();
        std::vector<float> samples(kRate, 0);
        const std::vector<float> hiss = noise(2 * kRate);
        samples.insert(samples.end(), hiss.begin(), hiss.end());
        const Outputs out = mfcc.fire({{"audio", payload(sound(samples))}}, at_sample(0));
        Tensor heard = *Tensor::allocate(out.get<Tensor>("mfcc")->shape(), ElementType::F32);
        std::ranges::copy(out.get<Tensor>("mfcc")->floats(), heard.floats().begin());
        EXPECT_FALSE(node.fire({{"mfcc", payload(std::move(heard))}}).has("events"));
        for (const float odd :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            const Outputs after = node.fire({{"mfcc", payload(frames(200, odd))}});
            EXPECT_TRUE(after.ok()) << after.status.error().to_string();
        }
    }
}

TEST_F(KeywordSpotting, RefusesModelsOfOtherTasks) {
    EXPECT_ERROR(start_error("audio.keyword_spotting", {{"model", std::string("pfld-68-025x")}}),
                 Code::Unsupported, "cannot spot keywords");
    EXPECT_ERROR(start_error("audio.keyword_spotting", {{"model", std::string("no-such")}}),
                 Code::NotFound, "tcresnet8-wake-en");
}

TEST_F(KeywordSpotting, RefusesTensorsThatAreNoMfcc) {
    Tensor wrong = *Tensor::allocate({5, 13}, ElementType::F32);
    std::ranges::fill(wrong.floats(), 0.0F);
    EXPECT_ERROR(
        run_node("audio.keyword_spotting", {}, {{"mfcc", payload(std::move(wrong))}}).status,
        Code::Invalid, "5x13");
}

}  // namespace
}  // namespace tarsier::testing
