// SPDX-License-Identifier: Apache-2.0
// Pairing in media time: what goes together depends on no speed.
#include "test_nodes.h"

namespace tarsier::test {
namespace {

using Values = std::vector<std::int64_t>;

/// Runs to the end with each of these numbers of threads and gives what came to the sink.app
/// `out`, which must be the same every time.
Values run(const std::string& nodes) {
    std::optional<Values> first;
    for (const int threads : {1, 2, 5}) {
        GraphOptions options;
        options.threads = threads;
        Graph graph = make_graph(nodes, options);
        const Record record(graph, "out");
        const Status started = graph.start();
        EXPECT_TRUE(started) << started.error().to_string();
        const Status ended = graph.wait();
        EXPECT_TRUE(ended) << ended.error().to_string();
        if (!first) first = record.values();
        EXPECT_EQ(record.values(), *first) << threads << " threads";
    }
    return *first;
}

/// A fast stream `a` that leads, every 10 ms, and a slow one `b`, every 30 ms, late on its way.
std::string paired(const std::string& sync, const std::string& type = "test.pair") {
    return R"(
  fast: {use: test.count, with: {count: 8, step: 10ms}}
  slow: {use: test.count, with: {count: 3, step: 30ms}}
  late: {use: test.lag, in: {number: slow}}
  both: {use: )" +
           type + ", in: {a: fast, b: late}, sync: " + sync + R"(}
  out:  {use: sink.app, in: {packet: both}}
)";
}

constexpr std::int64_t kA = 1'000'000;

TEST(Pairing, HoldTakesTheNewestAtOrBefore) {
    const Values expected{0,          kA,         2 * kA,     3 * kA + 1,
                          4 * kA + 1, 5 * kA + 1, 6 * kA + 2, 7 * kA + 2};
    EXPECT_EQ(run(paired("{hold: a}")), expected);
    EXPECT_EQ(run(paired("hold")), expected);
}

TEST(Pairing, HoldGivesNothingOlderThanMaxAge) {
    EXPECT_EQ(run(paired("{hold: a, max_age: 10ms}")),
              (Values{0, kA, 3 * kA + 1, 4 * kA + 1, 6 * kA + 2, 7 * kA + 2}));
    EXPECT_EQ(run(paired("{hold: a, max_age: 0s}")), (Values{0, 3 * kA + 1, 6 * kA + 2}));
}

TEST(Pairing, HoldLeavesAnOptionalInputEmptyWhereThereIsNothing) {
    EXPECT_EQ(run(paired("{hold: a, max_age: 10ms}", "test.either")),
              (Values{0, 1, -998, 4, 5, -995, 8, 9}));
}

TEST(Pairing, HoldKeepsAResultOverGapsAndEndsWithItsLeader) {
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 5}}
  even:   {use: test.even, in: {number: source}}
  both:   {use: test.pair, in: {a: source, b: even}, sync: hold}
  out:    {use: sink.app, in: {packet: both}}
)"),
              (Values{0, kA, 2 * kA + 2, 3 * kA + 2, 4 * kA + 4}));
}

TEST(Pairing, HoldMayBeLedByAnyInput) {
    EXPECT_EQ(run(paired("{hold: b}")), (Values{0, 3 * kA + 1, 6 * kA + 2}));
}

TEST(Pairing, NearestTakesTheNearerAndOfTwoEquallyNearTheEarlier) {
    EXPECT_EQ(
        run(R"(
  fast: {use: test.count, with: {count: 8, step: 10ms}}
  slow: {use: test.count, with: {count: 4, step: 20ms}}
  late: {use: test.lag, in: {number: slow}}
  both: {use: test.pair, in: {a: fast, b: late}, sync: {nearest: a, tolerance: 10ms}}
  out:  {use: sink.app, in: {packet: both}}
)"),
        (Values{0, kA, 2 * kA + 1, 3 * kA + 1, 4 * kA + 2, 5 * kA + 2, 6 * kA + 3, 7 * kA + 3}));
    EXPECT_EQ(
        run(paired("{nearest: a, tolerance: 10ms}")),
        (Values{0, kA, 2 * kA + 1, 3 * kA + 1, 4 * kA + 1, 5 * kA + 2, 6 * kA + 2, 7 * kA + 2}));
}

TEST(Pairing, NearestTakesNothingBeyondItsTolerance) {
    EXPECT_EQ(run(paired("{nearest: a, tolerance: 9ms}")), (Values{0, 3 * kA + 1, 6 * kA + 2}));
}

TEST(Pairing, NearestLooksPastGaps) {
    // Odd numbers are gaps: each of them takes the even one before it.
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 4}}
  even:   {use: test.even, in: {number: source}}
  both:   {use: test.pair, in: {a: source, b: even}, sync: {nearest: a, tolerance: 15ms}}
  out:    {use: sink.app, in: {packet: both}}
)"),
              (Values{0, kA, 2 * kA + 2, 3 * kA + 2}));
}

std::string spanned(const std::string& frames, const std::string& hops) {
    return "\n  frames: {use: test.count, with: {" + frames +
           "}}\n  hops: {use: test.hops, with: {" + hops + R"(}}
  under:  {use: test.under, in: {frame: frames, sound: hops}, sync: {span: frame}}
  out:    {use: sink.app, in: {packet: under}}
)";
}

TEST(Pairing, SpanBringsTheSoundUnderEachFrame) {
    EXPECT_EQ(run(spanned("count: 4, step: 25ms", "count: 20")),
              (Values{400, 400 * kA + 400, 800 * kA + 400, 1200 * kA + 400}));
}

TEST(Pairing, SpanGivesEverySampleToExactlyOneFrame) {
    // 29.97 frames a second and 44.1 kHz: neither fits into the other.
    const Values heard =
        run(spanned("count: 300, step: 33366667ns", "count: 1100, rate: 44100, size: 441"));
    ASSERT_EQ(heard.size(), 300u);
    std::int64_t next = 0;
    for (const std::int64_t span : heard) {
        EXPECT_EQ(span / kA, next);
        EXPECT_NEAR(static_cast<double>(span % kA), 44100 * 0.033366667, 1);
        next = span / kA + span % kA;
    }
    EXPECT_NEAR(static_cast<double>(next), 300 * 44100 * 0.033366667, 1);
}

TEST(Pairing, SpanFillsAShortEndWithSilenceAndGivesNothingWhereNothingIs) {
    // 50 ms of sound: half of the third frame is covered, the fourth not at all.
    EXPECT_EQ(run(spanned("count: 4, step: 20ms", "count: 5")),
              (Values{320, 320 * kA + 320, 640 * kA + 320, -1}));
}

TEST(Pairing, AnyBringsEveryPacketAloneInTheOrderOfTheirTimes) {
    EXPECT_EQ(run(paired("any", "test.either")),
              (Values{-1000, -1000, -999, -998, -997, -999, -996, -995, -994, -998, -993}));
}

TEST(Pairing, AnyMergesWhatWasSplitSoThatItCanBePairedAgain) {
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 6}}
  split:  {use: test.split, in: {number: source}}
  odd:    {use: test.scale, in: {number: split.odd}, with: {factor: -1}}
  merged: {use: test.either, in: {a: split.even, b: odd}, sync: any}
  both:   {use: test.pair, in: {a: source, b: merged}}
  out:    {use: sink.app, in: {packet: both}}
)"),
              (Values{-1000, kA - 1001, 2 * kA - 998, 3 * kA - 1003, 4 * kA - 996, 5 * kA - 1005}));
}

TEST(Pairing, StaysWithinAnEpoch) {
    // Both streams start again; nothing of the first time is held over into the second.
    EXPECT_EQ(run(R"(
  fast: {use: test.count, with: {count: 6, step: 10ms, back_at: 3}}
  slow: {use: test.count, with: {count: 2, step: 30ms, back_at: 1}}
  both: {use: test.either, in: {a: fast, b: slow}, sync: hold}
  out:  {use: sink.app, in: {packet: both}}
)"),
              (Values{0, 1, 2, 4, 5, 6}));
}

std::string errors(const std::string& node) {
    const Result<Graph> graph =
        Graph::parse("tarsier: 1\nnodes:\n  s: {use: test.count}\n  h: {use: test.hops}\n  " + node,
                     "g.yaml", {}, {}, test_registry());
    return graph ? "" : graph.error().to_string();
}

TEST(Pairing, SaysWhatIsWrongWithIt) {
    EXPECT_EQ(
        errors("p: {use: test.pair, in: {a: s, b: s}, sync: {hold: c}}"),
        "g.yaml:5:54: error: node 'p': test.pair has no input 'c'\n  hint: did you mean 'a'?");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: {hold: a, tolerance: 1s}}"),
              "g.yaml:5:57: error: node 'p': 'hold' has no 'tolerance'\n"
              "  hint: did you mean 'max_age'?");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: {nearest: a, tolerance: soon}}"),
              "g.yaml:5:71: error: node 'p': tolerance = soon, expected a duration such as 100ms, "
              "0s..1h");
    EXPECT_EQ(errors("p: {use: test.either, in: {a: s}, sync: {hold: b}}"),
              "g.yaml:5:50: error: node 'p': 'b' leads the pairing but is not connected\n"
              "  hint: write `in: {b: NODE.OUTPUT}`");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: any}"),
              "g.yaml:5:47: error: node 'p': sync: any brings one input at a time, but test.pair "
              "always needs 'a'\n  hint: use `exact`, `hold` or `nearest`\n"
              "g.yaml:5:47: error: node 'p': sync: any brings one input at a time, but test.pair "
              "always needs 'b'\n  hint: use `exact`, `hold` or `nearest`");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: {span: a}}"),
              "g.yaml:5:48: error: node 'p': sync: span cuts sound, but input 'b' takes Number\n"
              "  hint: use `hold` or `nearest`");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: {max_age: 1s}}"),
              "g.yaml:5:47: error: node 'p': 'sync' names no pairing\n"
              "  hint: write `hold: INPUT`, `nearest: INPUT` or `span: INPUT`");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, sync: {hold: a, span: b}}"),
              "g.yaml:5:57: error: node 'p': 'sync' names two pairings\n"
              "  hint: keep one of them\n"
              "g.yaml:5:57: error: node 'p': sync: span cuts sound, but input 'a' takes Number\n"
              "  hint: use `hold` or `nearest`");
    EXPECT_EQ(errors("p: {use: test.under, in: {frame: s, sound: h}, sync: {span: frame}}"), "");
}

}  // namespace
}  // namespace tarsier::test
