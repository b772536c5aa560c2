// SPDX-License-Identifier: Apache-2.0
// What graphs mean, and how mistakes are told.
#include <filesystem>
#include <fstream>

#include "test_nodes.h"

namespace fs = std::filesystem;

namespace tarsier::test {
namespace {

std::string errors(const std::string& nodes, const Params& params = {},
                   const std::string& head = "tarsier: 1\n") {
    const Result<Graph> graph =
        Graph::parse(head + "nodes:\n" + nodes, "g.yaml", params, {}, test_registry());
    return graph ? "" : graph.error().to_string();
}

TEST(Check, ReportsAllMistakesAtOnceInTheOrderOfTheFile) {
    EXPECT_EQ(errors(R"(  source: {use: test.cuont, with: {count: 3}}
  counter: {use: test.count, with: {count: 2000000, cuont: 1}}
  spell:   {use: test.spell, in: {numbr: counter.number}, with: {style: fancyy}}
  scale:   {use: test.scale, in: {number: spell.word}}
  lost:    {use: test.scale, in: {number: cuonter.number}}
  pair:    {use: test.pair, in: {a: counter.numbers}}
)"),
              R"(g.yaml:3:17: error: node 'source': there is no node type 'test.cuont'
  hint: did you mean 'test.count'?
g.yaml:4:44: error: node 'counter': option 'count' = 2000000, expected an integer 0..1000000
g.yaml:4:53: error: node 'counter': test.count has no option 'cuont'
  hint: did you mean 'count'?
g.yaml:5:3: error: node 'spell': input 'number' (Number) is not connected
  hint: write `in: {number: NODE.OUTPUT}`
g.yaml:5:35: error: node 'spell': test.spell has no input 'numbr'
  hint: did you mean 'number'?
g.yaml:5:73: error: node 'spell': option 'style' = fancyy, expected one of plain, fancy
  hint: did you mean 'fancy'?
g.yaml:6:43: error: node 'scale': input 'number' takes Number, but 'spell.word' gives Word
g.yaml:7:43: error: node 'lost': there is no node 'cuonter'
  hint: did you mean 'counter'?
g.yaml:8:3: error: node 'pair': input 'b' (Number) is not connected
  hint: write `in: {b: NODE.OUTPUT}`
g.yaml:8:37: error: node 'pair': test.count has no output 'numbers'
  hint: did you mean 'number'?)");
}

TEST(Check, EveryMistakeInAGraphFileHasItsCode) {
    const Result<Graph> graph =
        Graph::parse("tarsier: 1\nnodes: {a: {use: x}, b: {use: y}}", "g", {}, {}, test_registry());
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, Code::Graph);
    EXPECT_EQ(exit_code(graph.error().code), 78);
    ASSERT_EQ(graph.error().others.size(), 1u);
    EXPECT_EQ(graph.error().others[0].code, Code::Graph);
}

TEST(Check, NamesACycle) {
    EXPECT_EQ(errors(R"(  source: {use: test.count}
  a: {use: test.pair, in: {a: source, b: c}}
  b: {use: test.scale, in: {number: a}}
  c: {use: test.scale, in: {number: b}}
  d: {use: test.scale, in: {number: c}}
)"),
              "g.yaml:4:42: error: node 'a': the graph has a cycle: a -> b -> c -> a\n"
              "  hint: a node cannot wait for its own result");
    EXPECT_NE(errors("  a: {use: test.scale, in: {number: a}}\n").find("a -> a"),
              std::string::npos);
}

TEST(Check, ANodeNameAloneStandsForItsOnlyOutput) {
    EXPECT_EQ(errors("  s: {use: test.count}\n  d: {use: test.drop, in: {number: s}}\n"), "");
    EXPECT_EQ(
        errors("  s: {use: test.count}\n  p: {use: test.split, in: {number: s}}\n"
               "  d: {use: test.drop, in: {number: p}}\n  e: {use: test.drop, in: {number: d}}\n"),
        "g.yaml:5:36: error: node 'd': 'p' has several outputs\n  hint: write `p.even`\n"
        "g.yaml:6:36: error: node 'e': 'd' has no outputs");
}

TEST(Check, ANodeWhoseInputsAreAllEmptyNeverRuns) {
    EXPECT_NE(errors("  e: {use: test.either}\n").find("it never runs"), std::string::npos);
}

TEST(Check, SaysHowToWriteAGroup) {
    EXPECT_EQ(
        errors(
            "  s: {use: test.count}\n  w: {use: test.spell, in: {number: s}, with: {font: 1}}\n"),
        "g.yaml:4:48: error: node 'w': 'font' is a group of options\n"
        "  hint: write `font: {weight: ...}`");
}

TEST(Check, PutsParametersIn) {
    const std::string head = "tarsier: 1\nparams:\n  n: {default: 5, doc: how many}\n  unit: ms\n";
    const std::string nodes =
        "  s: {use: test.count, with: {count: '${n}', step: '${n}${unit}'}}\n";
    EXPECT_EQ(errors(nodes, {}, head), "");
    EXPECT_EQ(errors(nodes, {{"n", "7"}}, head), "");
    EXPECT_EQ(
        errors(nodes, {{"n", "-1"}}, head),
        "g.yaml:6:38: error: node 's': option 'count' = -1, expected an integer 0..1000000\n"
        "  hint: the value comes from ${n}\n"
        "g.yaml:6:52: error: node 's': option 'step' = -1ms, expected a duration such as 250ms or "
        "10s, 1ms..10s\n  hint: the value comes from ${n}${unit}");
}

TEST(Check, KnowsTheParameters) {
    const std::string head = "tarsier: 1\nparams:\n  number: 5\n";
    EXPECT_EQ(errors("  s: {use: test.count, with: {count: '${numbr}'}}\n", {}, head),
              "g.yaml:5:38: error: node 's': there is no parameter 'numbr'\n"
              "  hint: did you mean 'number'?");
    EXPECT_NE(
        errors("  s: {use: test.count, with: {count: '${number'}}\n", {}, head).find("without '}'"),
        std::string::npos);
    EXPECT_EQ(
        errors("  s: {use: test.count, with: {count: '${number}'}}\n", {{"nmber", "1"}}, head),
        "g.yaml: error: the graph has no parameter 'nmber'\n  hint: did you mean 'number'?");
}

TEST(Check, AnUnknownParameterFromTheCommandLineIsAMistakeOfTheCaller) {
    const Result<Graph> graph = Graph::parse("tarsier: 1\nnodes: {s: {use: test.count}}", "g.yaml",
                                             {{"x", "1"}}, {}, test_registry());
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code, Code::Usage);
}

TEST(Check, AParameterWithoutDefaultMustBeGiven) {
    const std::string head = "tarsier: 1\nparams:\n  n: {doc: how many}\n";
    const std::string nodes = "  s: {use: test.count, with: {count: '${n}'}}\n";
    EXPECT_EQ(errors(nodes, {}, head),
              "g.yaml:3:3: error: parameter 'n' has no value\n  hint: give one: -p n=VALUE");
    EXPECT_EQ(errors(nodes, {{"n", "3"}}, head), "");
}

TEST(Check, TwoDollarsAreOne) {
    EXPECT_NE(errors("  s: {use: test.count, with: {count: '$${n}'}}\n").find("= ${n},"),
              std::string::npos);
}

TEST(Check, AModelMustBeThere) {
    const fs::path assets = fs::path(::testing::TempDir()) / "check_assets";
    fs::create_directories(assets / "models");
    std::ofstream(assets / "models/tiny-face.tsr") << "x";
    ::setenv("TARSIER_ASSETS", assets.c_str(), 1);
    const auto with_model = [](const std::string& name) {
        return errors(
            "  s: {use: test.count}\n  w: {use: test.spell, in: {number: s}, with: {model: " +
            name + "}}\n");
    };
    EXPECT_EQ(with_model("tiny-face"), "");
    EXPECT_EQ(with_model((assets / "models/tiny-face.tsr").string()), "");
    EXPECT_EQ(with_model("tiny-fase"),
              "g.yaml:4:55: error: node 'w': there is no model 'tiny-fase'\n"
              "  hint: did you mean 'tiny-face'?");
    ::unsetenv("TARSIER_ASSETS");
}

TEST(Check, AMissingFileIsAbsentInputAndNamesItsNeighbour) {
    const fs::path folder = fs::path(::testing::TempDir()) / "check_files";
    fs::create_directories(folder);
    std::ofstream(folder / "portrait.yaml") << "tarsier: 1\nnodes: {s: {use: test.count}}\n";
    const CheckReport missing = check_graph(folder / "potrait.yaml", {}, test_registry());
    ASSERT_EQ(missing.errors.size(), 1u);
    EXPECT_EQ(missing.errors[0].code, Code::NotFound);
    EXPECT_EQ(missing.errors[0].hint, "did you mean 'portrait.yaml'?");
    EXPECT_EQ(Graph::load(folder, {}, {}, test_registry()).error().code, Code::NotFound);

    const CheckReport good = check_graph(folder / "portrait.yaml", {}, test_registry());
    EXPECT_TRUE(good.errors.empty());
    EXPECT_EQ(good.nodes, 1);
    ASSERT_EQ(good.warnings.size(), 1u);
    EXPECT_EQ(good.warnings[0].message, "nothing takes its outputs");
}

TEST(Check, WarnsOfUnusedParameters) {
    const fs::path file = fs::path(::testing::TempDir()) / "unused.yaml";
    std::ofstream(file) << "tarsier: 1\nparams: {x: 1}\nnodes:\n  s: {use: test.count}\n"
                           "  d: {use: test.drop, in: {number: s}}\n";
    const CheckReport report = check_graph(file, {}, test_registry());
    EXPECT_TRUE(report.errors.empty());
    EXPECT_EQ(report.connections, 1);
    ASSERT_EQ(report.warnings.size(), 1u);
    EXPECT_EQ(report.warnings[0].to_string(),
              file.string() + ":2:10: error: no option uses parameter 'x'");
}

TEST(Check, AHundredNodesAreCheckedAndRunInOrder) {
    std::string nodes;
    for (int i = 99; i > 0; --i)
        nodes += "  n" + std::to_string(i) + ": {use: test.scale, in: {number: n" +
                 std::to_string(i - 1) + "}}\n";
    EXPECT_EQ(errors(nodes + "  n0: {use: test.count}\n"), "");
}

}  // namespace
}  // namespace tarsier::test
