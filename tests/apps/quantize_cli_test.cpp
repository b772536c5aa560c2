// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "cli_fixture.h"
#include "common/npy.h"

namespace tarsier {
namespace {

using testing::HasSubstr;

/// Keyword networks, which take milliseconds, on arrays that look like sound.
class QuantizeCli : public Cli {
  protected:
    void SetUp() override {
        Cli::SetUp();
        std::filesystem::create_directories(folder_ / "samples");
        for (int i = 0; i < 4; ++i) array("samples/" + std::to_string(i) + ".npy", {1, 40, 1, 98});
    }
    void array(const std::string& name, std::vector<std::int64_t> shape) const {
        apps::NpyArray array;
        array.shape = std::move(shape);
        std::int64_t count = 1;
        for (const std::int64_t side : array.shape) count *= side;
        for (std::int64_t i = 0; i < count; ++i)
            array.values.push_back(5 * std::sin(static_cast<float>(i) + static_cast<float>(i % 7)));
        ASSERT_TRUE(apps::write_npy(folder_ / name, array));
    }
    std::string text_of(const std::string& name) const {
        return testing_support::read_file(folder_ / name);
    }
    static constexpr const char* kModel = "quantize tcresnet8-commands-ar ";
};

TEST_F(QuantizeCli, WritesAModelThatRunsAndIsAQuarterAsLarge) {
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate samples");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("signal to noise at the outputs"));
    const auto run = tarsier("infer a-int8.tsr --input mfcc=samples/0.npy --output prob=prob.npy");
    EXPECT_EQ(run.exit, 0) << run.err;
    EXPECT_LT(std::filesystem::file_size(folder_ / "a-int8.tsr"), 95'000U);
}

TEST_F(QuantizeCli, ReportsEveryLayerAsTextJsonAndSvg) {
    const auto made = tarsier(std::string(kModel) +
                              "a-int8.tsr --calibrate samples --layers --json a.json --svg a.svg");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("SQNR"));
    const nlohmann::json json = parse(text_of("a.json"));
    ASSERT_EQ(json["layers"].size(), 16U);
    EXPECT_EQ(json["samples"], 4);
    EXPECT_EQ(json["float_layers"], 0);
    for (const auto& layer : json["layers"]) {
        EXPECT_TRUE(layer["integer"]) << layer;
        EXPECT_GT(layer["sqnr_db"], 10) << layer;
    }
    EXPECT_THAT(text_of("a.svg"), HasSubstr("<svg"));
}

TEST_F(QuantizeCli, KeepsLayersFloatForABudgetAndSaysSo) {
    const auto made =
        tarsier(std::string(kModel) + "a-int8.tsr --calibrate samples --budget 100 --json a.json");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("layers stay float"));
    EXPECT_THAT(made.err, HasSubstr("-mixed"));
}

TEST_F(QuantizeCli, StoresWeightsSmallWithoutCalibration) {
    for (const char* option : {"--storage fp16", "--weights-only int8"}) {
        const auto made = tarsier(std::string(kModel) + "small.tsr " + option);
        ASSERT_EQ(made.exit, 0) << made.err;
        const auto run =
            tarsier("infer small.tsr --input mfcc=samples/0.npy --output prob=prob.npy");
        EXPECT_EQ(run.exit, 0) << run.err;
        EXPECT_LT(std::filesystem::file_size(folder_ / "small.tsr"), 160'000U);
    }
}

TEST_F(QuantizeCli, TakesOnlySoManySamples) {
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate samples --samples 2");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("2 samples"));
}

/// One second of 16 kHz sound in one channel: a tone that comes and goes.
std::string wav() {
    constexpr std::uint32_t kBytes = 2 * 16000;
    std::string file;
    const auto number = [&](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) file += static_cast<char>(value >> (8 * i) & 0xff);
    };
    file += "RIFF";
    number(36 + kBytes, 4);
    file += "WAVEfmt ";
    number(16, 4);
    number(1, 2);  // integers
    number(1, 2);
    number(16000, 4);
    number(2 * 16000, 4);
    number(2, 2);
    number(16, 2);
    file += "data";
    number(kBytes, 4);
    for (int i = 0; i < 16000; ++i) {
        const double t = i / 16000.0;
        const double sample = 12000 * std::sin(2700 * t) * std::sin(3 * t);
        number(static_cast<std::uint16_t>(static_cast<std::int16_t>(sample)), 2);
    }
    return file;
}

TEST_F(QuantizeCli, HearsSoundFiles) {
    std::filesystem::create_directories(folder_ / "sound");
    write("sound/a.wav", wav());
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate sound");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("1 samples"));
    write("sound/a.wav", wav().substr(0, 30));
    EXPECT_EQ(tarsier(std::string(kModel) + "a-int8.tsr --calibrate sound").exit, 65);
}

TEST_F(QuantizeCli, TakesWhatReachesTheSinksOfAGraph) {
    write("g.yaml",
          "tarsier: 1\nnodes:\n"
          "  ball: {use: source.video, with: {uri: \"test:ball\"}}\n"
          "  end: {use: sink.video, in: {image: ball.image}, with: {to: \"null:\"}}\n");
    const auto made =
        tarsier("quantize mmnet-128 a-int8.tsr --calibrate g.yaml --samples 2 --ranges minmax");
    ASSERT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.out, HasSubstr("2 samples"));
    const auto wrong = tarsier(std::string(kModel) + "a-int8.tsr --calibrate g.yaml --samples 2");
    EXPECT_EQ(wrong.exit, 65);
    EXPECT_THAT(wrong.err, HasSubstr("does not fit input 'mfcc'"));
}

TEST_F(QuantizeCli, WantsSomethingToCalibrateOn) {
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr");
    EXPECT_EQ(made.exit, 2);
    EXPECT_THAT(made.err, HasSubstr("--calibrate"));
}

TEST_F(QuantizeCli, NamesAnEmptyFolder) {
    std::filesystem::create_directories(folder_ / "empty");
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate empty");
    EXPECT_EQ(made.exit, 66);
    EXPECT_THAT(made.err, HasSubstr("empty: there is no file in it"));
    EXPECT_THAT(made.err, HasSubstr("hint"));
}

TEST_F(QuantizeCli, NamesAnAbsentFolder) {
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate nowhere");
    EXPECT_EQ(made.exit, 66);
    EXPECT_THAT(made.err, HasSubstr("nowhere"));
}

TEST_F(QuantizeCli, NamesFilesThatDoNotFitAndGoesOn) {
    array("samples/wrong.npy", {2, 3});
    write("samples/x.png", "no picture");
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate samples");
    EXPECT_EQ(made.exit, 0) << made.err;
    EXPECT_THAT(made.err, HasSubstr("wrong.npy: does not fit input 'mfcc' (1x40x1x98)"));
    EXPECT_THAT(made.err, HasSubstr("x.png"));
    EXPECT_THAT(made.err, HasSubstr("2 files left out, 4 samples taken"));
}

TEST_F(QuantizeCli, RefusesAFolderInWhichNothingFits) {
    std::filesystem::create_directories(folder_ / "bad");
    array("bad/a.npy", {2, 3});
    array("bad/b.npy", {2, 3});
    const auto made = tarsier(std::string(kModel) + "a-int8.tsr --calibrate bad");
    EXPECT_EQ(made.exit, 65);
    EXPECT_THAT(made.err, HasSubstr("it has the shape 2x3 (and 1 more files)"));
}

TEST_F(QuantizeCli, RefusesAModelThatIsQuantizedAlready) {
    const auto made = tarsier("quantize tcresnet8-commands-ar-int8 b-int8.tsr --calibrate samples");
    EXPECT_EQ(made.exit, 65);
    EXPECT_THAT(made.err, HasSubstr("quantized already"));
}

TEST_F(QuantizeCli, RefusesUnknownKindsOfRanges) {
    const auto made =
        tarsier(std::string(kModel) + "a-int8.tsr --calibrate samples --ranges widest");
    EXPECT_EQ(made.exit, 2);
}

}  // namespace
}  // namespace tarsier
