// SPDX-License-Identifier: Apache-2.0
#include "cli_fixture.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tarsier {
namespace {

constexpr const char* kPattern = R"(tarsier: 1
params:
  source: {default: "test:smpte"}
nodes:
  camera: {use: source.video, with: {uri: "${source}", size: "160x120", frames: 20}}
  show: {use: sink.video, in: {image: camera.image}, with: {to: "null:"}}
)";

TEST_F(Cli, HelpNamesTheCommandsAndTheExitCodes) {
    const auto result = tarsier("--help");
    EXPECT_EQ(result.exit, 0);
    for (const char* word :
         {"run", "check", "schema", "inspect", "convert", "infer", "models", "bench", "78"})
        EXPECT_NE(result.out.find(word), std::string::npos) << word;
}

TEST_F(Cli, VersionIsOneLine) {
    const auto result = tarsier("--version");
    EXPECT_EQ(result.exit, 0);
    EXPECT_EQ(result.out.substr(0, 8), "tarsier ");
    EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
}

TEST_F(Cli, AnUnknownCommandOptionOrNothingIsAUsageError) {
    for (const char* arguments : {"", "fly", "run", "run a.yaml --fly", "run a.yaml -p source"})
        EXPECT_EQ(tarsier(arguments).exit, 2) << arguments;
}

TEST_F(Cli, AnUnknownIsaLevelIsAUsageErrorThatListsTheLevels) {
    const auto result =
        testing_support::run_command("TARSIER_ISA=mmx \"$TARSIER_PROGRAM\" inspect");
    EXPECT_EQ(result.exit, 2);
    EXPECT_NE(result.err.find("scalar"), std::string::npos) << result.err;
}

TEST_F(Cli, AnAbsentGraphIsNotFound) {
    EXPECT_EQ(tarsier("run absent.yaml").exit, 66);
    EXPECT_EQ(tarsier("check absent.yaml").exit, 66);
}

TEST_F(Cli, CheckReportsAllMistakesWithPlaceAndSuggestion) {
    write("wrong.yaml", R"(tarsier: 1
nodes:
  camera: {use: source.vido, with: {uri: "test:smpte"}}
  other: {use: source.video, with: {urri: "test:smpte"}}
  show: {use: sink.video, in: {image: other.imag}}
)");
    const auto result = tarsier("check wrong.yaml");
    EXPECT_EQ(result.exit, 78);
    EXPECT_NE(result.err.find("wrong.yaml:3:"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("source.video"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("wrong.yaml:4:"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("'uri'"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("wrong.yaml:5:"), std::string::npos) << result.err;

    const nlohmann::json json = parse(tarsier("check --json wrong.yaml").out);
    ASSERT_TRUE(json.is_object());
    EXPECT_FALSE(json["ok"]);
    EXPECT_EQ(json["errors"].size(), 3U);
    EXPECT_EQ(json["errors"][0]["line"], 3);
}

TEST_F(Cli, RunOfAWrongGraphFailsLikeCheck) {
    write("wrong.yaml", "tarsier: 1\nnodes:\n  a: {use: nothing.here}\n");
    EXPECT_EQ(tarsier("run wrong.yaml").exit, 78);
}

TEST_F(Cli, CheckCountsNodesAndConnectionsOfAGoodGraph) {
    write("good.yaml", kPattern);
    const nlohmann::json json = parse(tarsier("check --json good.yaml").out);
    ASSERT_TRUE(json.is_object());
    EXPECT_TRUE(json["ok"]);
    EXPECT_EQ(json["nodes"], 2);
    EXPECT_EQ(json["connections"], 1);
}

TEST_F(Cli, RunEndsWithATableOfLatenciesAndWritesStats) {
    write("good.yaml", kPattern);
    const auto result = tarsier("run good.yaml --stats stats.json");
    EXPECT_EQ(result.exit, 0) << result.err;
    EXPECT_NE(result.err.find("p95 ms"), std::string::npos) << result.err;
    const nlohmann::json json = parse(testing_support::read_file(folder_ / "stats.json"));
    EXPECT_EQ(json["dropped"], 0);
    EXPECT_EQ(json["end_to_end"]["count"], 20);
    EXPECT_EQ(json["nodes"].size(), 2U);
}

TEST_F(Cli, TraceHoldsEveryFiringAndFollowsEachItem) {
    write("good.yaml", kPattern);
    const auto result = tarsier("run good.yaml -q --trace trace.json");
    ASSERT_EQ(result.exit, 0) << result.err;
    const nlohmann::json json = parse(testing_support::read_file(folder_ / "trace.json"));
    ASSERT_TRUE(json.is_object());
    std::map<std::string, int> firings;
    std::map<int, int> steps;  // of each item
    for (const auto& event : json["traceEvents"]) {
        if (event["ph"] == "X") ++firings[event["name"]];
        if (event["ph"] == "s" || event["ph"] == "t") ++steps[event["id"]];
    }
    EXPECT_EQ(firings["show"], 20);
    EXPECT_GE(firings["camera"], 20);
    EXPECT_EQ(std::ranges::count(steps, 2, &std::pair<const int, int>::second), 20);
    EXPECT_EQ(tarsier("run good.yaml -q --trace absent/trace.json").exit, 1);
}

TEST_F(Cli, ChecksumIsTheSameForAnyNumberOfThreadsAndDependsOnTheInput) {
    write("good.yaml", kPattern);
    const auto one = tarsier("run good.yaml -q --checksum --threads 1");
    const auto eight = tarsier("run good.yaml -q --checksum --threads 8");
    const auto other = tarsier("run good.yaml -q --checksum -p source=test:ball");
    EXPECT_EQ(one.exit, 0) << one.err;
    EXPECT_EQ(one.out.size(), 65U);
    EXPECT_EQ(one.out, eight.out);
    EXPECT_NE(one.out, other.out);
}

TEST_F(Cli, AnUnknownParameterIsNamed) {
    write("good.yaml", kPattern);
    const auto result = tarsier("run good.yaml -p sorce=x");
    EXPECT_EQ(result.exit, 2);
    EXPECT_NE(result.err.find("'source'"), std::string::npos) << result.err;
}

TEST_F(Cli, AMissingInputFileIsNotFoundAndNamed) {
    write("good.yaml", kPattern);
    const auto result = tarsier("run good.yaml -p source=absent.mp4");
    EXPECT_EQ(result.exit, 66);
    EXPECT_NE(result.err.find("absent.mp4"), std::string::npos) << result.err;
}

TEST_F(Cli, AnAbsentCameraIsNotFoundAndTheDevicesAreListed) {
    write("good.yaml", kPattern);
    const auto result = tarsier("run good.yaml -p source=/dev/video77");
    EXPECT_EQ(result.exit, 66);
    EXPECT_NE(result.err.find("/dev/video77"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("found"), std::string::npos) << result.err;
}

TEST_F(Cli, AnUndecodableVideoEndsTheGraphWithTheReason) {
    write("good.yaml", kPattern);
    write("noise.mp4", std::string(20000, 'x'));
    const auto result = tarsier("run good.yaml -p source=noise.mp4");
    EXPECT_EQ(result.exit, 65);
    EXPECT_NE(result.err.find("noise.mp4"), std::string::npos) << result.err;
}

TEST_F(Cli, DurationEndsAnEndlessGraph) {
    write("endless.yaml", R"(tarsier: 1
nodes:
  camera: {use: source.video, with: {uri: "test:smpte", size: "64x48", fps: 30}}
  show: {use: sink.video, in: {image: camera.image}, with: {to: "null:"}}
)");
    const auto result = tarsier("run endless.yaml --duration 1s --stats stats.json");
    EXPECT_EQ(result.exit, 0) << result.err;
    EXPECT_EQ(tarsier("run endless.yaml --duration soon").exit, 2);
}

TEST_F(Cli, ASignalDrainsAndIsTheExitCode) {
    write("endless.yaml", R"(tarsier: 1
nodes:
  camera: {use: source.video, with: {uri: "test:smpte", size: "64x48", fps: 30}}
  show: {use: sink.video, in: {image: camera.image}, with: {to: "out.mp4"}}
)");
    for (const auto& [signal, code] : {std::pair("INT", 130), std::pair("TERM", 143)}) {
        const auto result = testing_support::run_command(
            in_folder(std::string("timeout --preserve-status -s ") + signal +
                      " 2 \"$TARSIER_PROGRAM\" run endless.yaml"));
        EXPECT_EQ(result.exit, code) << result.err;
        EXPECT_NE(result.err.find("p95 ms"), std::string::npos)
            << "the drained graph still reports";
    }
    // The file is finished: it plays from beginning to end.
    write("replay.yaml", R"(tarsier: 1
nodes:
  file: {use: source.video, with: {uri: out.mp4}}
  show: {use: sink.video, in: {image: file.image}, with: {to: "null:"}}
)");
    EXPECT_EQ(tarsier("run replay.yaml").exit, 0);
}

TEST_F(Cli, SchemaIsJsonAndKnowsTheNodes) {
    const auto result = tarsier("schema");
    EXPECT_EQ(result.exit, 0);
    const nlohmann::json json = parse(result.out);
    ASSERT_TRUE(json.is_object());
    EXPECT_NE(result.out.find("vision.portrait_matting"), std::string::npos);
}

TEST_F(Cli, InspectListsNodesAndShowsOne) {
    EXPECT_NE(tarsier("inspect").out.find("render.background"), std::string::npos);
    const auto one = tarsier("inspect vision.portrait_matting");
    EXPECT_NE(one.out.find("matte"), std::string::npos);
    const nlohmann::json json = parse(tarsier("inspect --json vision.portrait_matting").out);
    EXPECT_EQ(json["node"], "vision.portrait_matting");
    EXPECT_TRUE(json["options"]["model"].contains("default"));
    const auto wrong = tarsier("inspect vision.portrait_mating");
    EXPECT_EQ(wrong.exit, 2);
    EXPECT_NE(wrong.err.find("vision.portrait_matting"), std::string::npos);
}

}  // namespace
}  // namespace tarsier
