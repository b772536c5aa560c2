// SPDX-License-Identifier: Apache-2.0
// What the reader of graph files makes of any text.
#include "test_nodes.h"

namespace tarsier::test {
namespace {

/// Every error of the text, one per line; empty when it is a graph.
std::string errors(const std::string& text, const Params& params = {}) {
    const Result<Graph> graph = Graph::parse(text, "g.yaml", params, {}, test_registry());
    return graph ? "" : graph.error().to_string();
}

std::string node(const std::string& text) { return "tarsier: 1\nnodes:\n  " + text + "\n"; }

TEST(Yaml, AnEmptyFileSaysHowToStart) {
    for (const char* text : {"", "\n\n", "# nothing\n", "---\n"})
        EXPECT_EQ(errors(text),
                  "g.yaml:1:1: error: the graph file is empty\n  hint: start with `tarsier: 1`");
}

TEST(Yaml, ASyntaxErrorHasItsPlace) {
    EXPECT_EQ(errors("tarsier: 1\nnodes: {a: {use: test.count}\n"),
              "g.yaml:3:1: error: YAML: end of map flow not found");
    EXPECT_EQ(errors("tarsier: 1\nnodes:\n\ta: 1\n").substr(0, 24), "g.yaml:3:3: error: YAML:");
}

TEST(Yaml, NothingMayFollowTheGraph) {
    const std::string graph = node("a: {use: test.count}");
    EXPECT_EQ(errors(graph + "...\n"), "");
    EXPECT_EQ(errors(graph + "---\nb: 1\n"), "g.yaml:4:1: error: text after the end of the graph");
    EXPECT_EQ(errors(graph + "}\n"), "g.yaml:4:1: error: YAML: illegal flow end");
}

TEST(Yaml, TheVersionIsRequiredAndChecked) {
    EXPECT_EQ(errors("nodes: {a: {use: test.count}}"),
              "g.yaml:1:1: error: 'tarsier' is missing\n  hint: start with `tarsier: 1`");
    EXPECT_EQ(errors("tarsier: 2\nnodes: {a: {use: test.count}}"),
              "g.yaml:1:10: error: graph format '2' is unknown\n"
              "  hint: this version reads `tarsier: 1`");
}

TEST(Yaml, AGraphHasNodes) {
    EXPECT_EQ(errors("tarsier: 1"), "g.yaml:1:1: error: 'nodes' is missing");
    EXPECT_EQ(errors("tarsier: 1\nnodes:"), "g.yaml:1:1: error: the graph has no nodes");
    EXPECT_EQ(errors("tarsier: 1\nnodes: [a]"),
              "g.yaml:1:1: error: the graph has no nodes\n"
              "g.yaml:2:8: error: 'nodes' is a map of names to values");
    EXPECT_EQ(errors("[1, 2]"), "g.yaml:1:1: error: a graph file is a map of names to values");
}

TEST(Yaml, UnknownKeysAreReportedWithTheNearest) {
    EXPECT_EQ(errors("tarsier: 1\nnods: {}\nnodes: {a: {use: test.count, wiht: {}}}"),
              "g.yaml:2:1: error: a graph file has no key 'nods'\n  hint: did you mean 'nodes'?\n"
              "g.yaml:3:30: error: node 'a': a node has no key 'wiht'\n"
              "  hint: did you mean 'with'?");
}

TEST(Yaml, DuplicatesAreReportedWithTheFirst) {
    EXPECT_EQ(errors("tarsier: 1\nnodes:\n  a: {use: test.count}\n  a: {use: test.count}\n"),
              "g.yaml:4:3: error: 'a' occurs twice in 'nodes'\n  hint: the first one is in line 3");
    EXPECT_EQ(errors(node("a: {use: test.count, with: {count: 1, count: 2}}")),
              "g.yaml:3:41: error: node 'a': 'count' occurs twice in 'with'\n"
              "  hint: the first one is in line 3");
}

TEST(Yaml, WordsThatYamlWouldConvertStayWhatTheOptionTakes) {
    const std::string spell =
        "tarsier: 1\nnodes:\n  c: {use: test.count}\n"
        "  a: {use: test.spell, in: {number: c}, with: ";
    EXPECT_EQ(errors(spell + "{font: {upper: on}}}"), "");
    EXPECT_EQ(errors(spell + "{font: {upper: No}}}"), "");
    EXPECT_EQ(errors(spell + "{font.upper: 'true'}}"), "");
    EXPECT_EQ(errors(spell + "{style: off}}"),
              "g.yaml:4:55: error: node 'a': option 'style' = off, expected one of plain, fancy");
    EXPECT_EQ(errors(spell + "{font: {upper: 1}}}"),
              "g.yaml:4:62: error: node 'a': option 'font.upper' = 1, expected true or false");
    EXPECT_EQ(errors(spell + "{font: {weight: 1}}}"), "");
    EXPECT_EQ(errors(spell + "{font: {weight: 0x1}}}").find("g.yaml:4:63: "), 0u);
}

TEST(Yaml, SyncAndErrorPoliciesAreAClosedList) {
    EXPECT_EQ(errors(node("a: {use: test.count, sync: exact, on_error: skip}")), "");
    EXPECT_EQ(errors(node("a: {use: test.count, sync: hold}")),
              "g.yaml:3:30: error: node 'a': a source has no inputs that could be paired");
    EXPECT_EQ(errors(node("a: {use: test.count, sync: exakt, on_error: stip}")),
              "g.yaml:3:30: error: node 'a': sync: 'exakt' is unknown\n"
              "  hint: did you mean 'exact'?\n"
              "g.yaml:3:47: error: node 'a': on_error: 'stip' is unknown\n"
              "  hint: did you mean 'stop'?");
}

TEST(Yaml, QueuesHaveARange) {
    const auto graph = [](const std::string& queue) {
        return "tarsier: 1\nnodes:\n  a: {use: test.count}\n  b: {use: test.drop, in: {number: "
               "{from: a, "
               "queue: " +
               queue + "}}}\n";
    };
    EXPECT_EQ(errors(graph("1024")), "");
    for (const char* wrong : {"0", "-1", "1025", "many", "1.5"})
        EXPECT_EQ(errors(graph(wrong)), std::string("g.yaml:4:53: error: node 'b': queue: '") +
                                            wrong + "', expected an integer 1..1024");
}

TEST(Yaml, AnchorsAreFine) {
    EXPECT_EQ(errors("tarsier: 1\nnodes:\n  a: {use: test.count, with: &o {count: 3}}\n"
                     "  b: {use: test.count, with: *o}\n"),
              "");
}

TEST(Yaml, AliasBombsAreRefusedInBoundedTime) {
    std::string bomb = "tarsier: 1\na0: &a0 {x: 1}\n";
    for (int i = 1; i < 40; ++i) {
        const std::string below = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {";
        for (int j = 0; j < 9; ++j) bomb += "k" + std::to_string(j) + ": " + below + ", ";
        bomb += "}\n";
    }
    bomb += "nodes:\n  a: {use: test.count, with: *a39}\n";
    EXPECT_NE(errors(bomb), "");
}

TEST(Yaml, AliasesThatStandForMuchAreRefused) {
    std::string text = "tarsier: 1\nnodes:\n  a: {use: test.count, with: &w {";
    for (int i = 0; i < 20'000; ++i) text += "o" + std::to_string(i) + ": 1, ";
    text += "}}\n";
    for (int i = 0; i < 900; ++i)
        text += "  n" + std::to_string(i) + ": {use: test.count, with: *w}\n";
    EXPECT_NE(errors(text), "");
}

TEST(Yaml, AnAnchorInsideItselfIsRefused) {
    EXPECT_NE(errors("tarsier: 1\nnodes:\n  a: {use: test.count, with: &w {count: *w}}\n"), "");
}

TEST(Yaml, DepthAndSizeAreBounded) {
    EXPECT_NE(errors(std::string(100'000, '[')), "");
    EXPECT_NE(errors("tarsier: " + std::string(100'000, '{')), "");
    EXPECT_NE(errors("a: " + std::string(2'000'000, 'x')).find("larger"), std::string::npos);
    std::string deep = "tarsier: 1\nnodes:\n  a: {use: test.count, with: ";
    for (int i = 0; i < 50; ++i) deep += "{x: ";
    EXPECT_NE(errors(deep + "1" + std::string(51, '}')).find("too deeply"), std::string::npos);
}

TEST(Yaml, ThousandsOfMistakesEndSomewhere) {
    std::string text = "tarsier: 1\nnodes:\n";
    for (int i = 0; i < 5000; ++i) text += "  n" + std::to_string(i) + ": {use: test.countt}\n";
    const std::string all = errors(text);
    EXPECT_LT(std::count(all.begin(), all.end(), '\n'), 5000);
}

TEST(Yaml, AGraphHoldsAThousandNodes) {
    std::string text = "tarsier: 1\nnodes:\n";
    for (int i = 0; i < 1000; ++i) text += "  n" + std::to_string(i) + ": {use: test.count}\n";
    EXPECT_EQ(errors(text), "");
    EXPECT_EQ(errors(text + "  more: {use: test.count}\n"),
              "g.yaml: error: a graph holds at most 1000 nodes");
}

TEST(Yaml, AnyBytesAreRefusedWithoutHarm) {
    std::uint32_t state = 1;
    for (int i = 0; i < 300; ++i) {
        std::string text =
            i % 2 ? "tarsier: 1\nnodes:\n  a: {use: test.count, with: {count: 3}}\n" : "";
        for (int j = 0; j < 40; ++j) {
            state = state * 1664525u + 1013904223u;
            const auto byte = static_cast<char>(state >> 24);
            const std::size_t at = text.empty() ? 0 : (state >> 8) % text.size();
            text.insert(at, 1, j % 4 ? "{}[]:,&*!|>'\"%@-?# \n\t\\${x}"[(state >> 16) % 27] : byte);
        }
        (void)errors(text);
    }
}

}  // namespace
}  // namespace tarsier::test
