// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>

#include "cli_fixture.h"

namespace tarsier {
namespace {

using testing::HasSubstr;

/// Small data sets that are made here.
class EvalCli : public Cli {
  protected:
    /// A 16 kHz WAV file: a tone whose pitch rises, between two pauses.
    void sound(const std::string& name, double seconds, double hertz) const {
        std::string bytes;
        const auto number = [&](std::uint32_t value, int size) {
            for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
        };
        const auto count = static_cast<std::uint32_t>(16000 * seconds);
        bytes += "RIFF";
        number(36 + 2 * count, 4);
        bytes += "WAVEfmt ";
        number(16, 4);
        number(1, 2);      // PCM
        number(1, 2);      // channels
        number(16000, 4);  // samples
        number(32000, 4);  // bytes in a second
        number(2, 2);
        number(16, 2);
        bytes += "data";
        number(2 * count, 4);
        for (std::uint32_t i = 0; i < count; ++i) {
            const double time = i / 16000.0;
            const double loud = time > 0.2 && time < seconds - 0.2 ? 8000 : 4;
            number(static_cast<std::uint32_t>(static_cast<std::int32_t>(
                       loud * std::sin(6.2831853 * hertz * time * (1 + time)))),
                   2);
        }
        std::filesystem::create_directories((folder_ / name).parent_path());
        write(name, bytes);
    }
};

TEST_F(EvalCli, NamesWhatADataSetLacks) {
    EXPECT_EQ(tarsier("eval keywords tcresnet8-commands-ar nowhere").exit, 66);
    std::filesystem::create_directories(folder_ / "words/banana");
    const auto unknown = tarsier("eval keywords tcresnet8-commands-ar words");
    EXPECT_EQ(unknown.exit, 65);
    EXPECT_THAT(unknown.err, HasSubstr("does not know the word 'banana'"));
    const auto matting = tarsier("eval matting tcresnet8-commands-ar words");
    EXPECT_EQ(matting.exit, 65);
    EXPECT_THAT(matting.err, HasSubstr("does no matting"));
    EXPECT_EQ(tarsier("eval landmarks pfld-68-025x words").exit, 66);
    EXPECT_EQ(tarsier("eval landmarks pfld-68-025x words --offset h:1").exit, 2);
}

TEST_F(EvalCli, MeasuresWordsInAStreamAgainstAnHourOfOtherSound) {
    for (int i = 0; i < 3; ++i) sound("words/yes/" + std::to_string(i) + ".wav", 1.2, 200 + 90 * i);
    sound("others/a.wav", 3, 500);
    const auto run = tarsier(
        "eval keywords tcresnet8-commands-ar words --negatives others --threshold 0 --json");
    ASSERT_EQ(run.exit, 0) << run.err;
    const nlohmann::json all = parse(run.out);
    EXPECT_EQ(all["task"], "keywords");
    EXPECT_EQ(all["n"], 3);
    const nlohmann::json& metrics = all["metrics"];
    EXPECT_GE(metrics["accuracy"], 0);
    // Every word is found at threshold 0, and every second of other sound is an alarm.
    EXPECT_EQ(metrics["miss_rate"], 0);
    EXPECT_GT(metrics["false_alarms_per_hour"], 1800);
    EXPECT_LT(metrics["false_alarms_per_hour"], 3700);
    EXPECT_LT(metrics["false_alarms_low"], metrics["false_alarms_per_hour"]);
    EXPECT_GT(metrics["false_alarms_high"], metrics["false_alarms_per_hour"]);
    EXPECT_NEAR(metrics["hours"].get<double>() * 3600, 3, 0.01);
    // A stricter threshold misses no less and alarms no more.
    EXPECT_LE(all["parts"]["0.50"]["miss_rate"], all["parts"]["0.98"]["miss_rate"]);
    EXPECT_GE(all["parts"]["0.50"]["false_alarms_per_hour"],
              all["parts"]["0.98"]["false_alarms_per_hour"]);
}

TEST_F(EvalCli, WantsSoundWhereOtherSoundShouldBe) {
    sound("words/yes/a.wav", 1.2, 300);
    std::filesystem::create_directories(folder_ / "empty");
    const auto run = tarsier("eval keywords tcresnet8-commands-ar words --negatives empty");
    EXPECT_EQ(run.exit, 66);
    EXPECT_THAT(run.err, HasSubstr("--negatives takes folders of sound"));
}

TEST_F(EvalCli, ShowsTwoModelsSideBySideWithWhatTheyTookForWhat) {
    for (const char* word : {"yes", "no"}) sound(std::string("words/") + word + "/a.wav", 1.2, 300);
    const auto run = tarsier(
        "eval keywords tcresnet8-commands-ar words --negatives words --json --report page/one "
        "--beside tcresnet8-commands-ar-int8");
    ASSERT_EQ(run.exit, 0) << run.err;
    const std::string page = testing_support::read_file(folder_ / "page/one/index.html");
    EXPECT_THAT(page, HasSubstr("accuracy<br>tcresnet8-commands-ar-int8"));
    EXPECT_THAT(page, HasSubstr("What was said (rows) and heard (columns)"));
    EXPECT_THAT(page, HasSubstr("false alarms per hour"));
    // The two files are the same sound: the model errs on one of them at least.
    EXPECT_THAT(page, HasSubstr("<audio controls src=\"file:///"));
    EXPECT_THAT(page, HasSubstr("a.wav: "));
    EXPECT_EQ(parse(run.out)["model"], "tcresnet8-commands-ar");
}

TEST_F(EvalCli, RefusesAReportThatCannotBeWritten) {
    sound("words/yes/a.wav", 1.2, 300);
    write("file", "in the way");
    const auto run = tarsier("eval keywords tcresnet8-commands-ar words --report file/page");
    EXPECT_EQ(run.exit, 1);
    EXPECT_THAT(run.err, HasSubstr("--report takes a folder"));
    EXPECT_EQ(tarsier("eval keywords tcresnet8-commands-ar words --beside pfld-68-1x").exit, 2);
}

}  // namespace
}  // namespace tarsier
