// SPDX-License-Identifier: Apache-2.0
// How items flow: pairing, gaps, back-pressure, order.
#include <numeric>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

std::vector<std::int64_t> range(std::int64_t count, std::int64_t factor = 1) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i * factor;
    return values;
}

/// Runs to the end and gives what came to the sink.app `out`.
std::vector<std::int64_t> run(const std::string& nodes, const GraphOptions& options = {}) {
    Graph graph = make_graph(nodes, options);
    const Record record(graph, "out");
    const Status started = graph.start();
    EXPECT_TRUE(started) << started.error().to_string();
    const Status ended = graph.wait();
    EXPECT_TRUE(ended) << ended.error().to_string();
    return record.values();
}

TEST(Flow, BringsEveryItemInOrder) {
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 50}}
  twice:  {use: test.scale, in: {number: source.number}}
  out:    {use: sink.app, in: {packet: twice.scaled}}
)"),
              range(50, 2));
}

TEST(Flow, PairsBranchesOfDifferentLengthByTheirKey) {
    std::vector<std::int64_t> expected;
    for (std::int64_t n = 0; n < 200; ++n) expected.push_back(n * 1'000'000 + n * 8);
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 200}}
  one:    {use: test.scale, in: {number: source}}
  two:    {use: test.scale, in: {number: one}}
  three:  {use: test.scale, in: {number: two}}
  pair:   {use: test.pair, in: {a: {from: source.number, queue: 1}, b: {from: three, queue: 1}}}
  out:    {use: sink.app, in: {packet: pair}}
)"),
              expected);
}

TEST(Flow, PairsOnlyWhatHasTheSameTime) {
    // Every third tick of the fast source meets one of the slow source.
    EXPECT_EQ(run(R"(
  fast: {use: test.count, with: {count: 10, step: 10ms}}
  slow: {use: test.count, with: {count: 4, step: 30ms}}
  pair: {use: test.pair, in: {a: fast, b: slow}}
  out:  {use: sink.app, in: {packet: pair}}
)"),
              (std::vector<std::int64_t>{0, 3'000'001, 6'000'002, 9'000'003}));
}

TEST(Flow, AGapAtARequiredInputGivesAGapAndNeverStallsAJoin) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 100}}
  even:   {use: test.even, in: {number: source}}
  twice:  {use: test.scale, in: {number: even}}
  pair:   {use: test.pair, in: {a: source, b: twice}}
  out:    {use: sink.app, in: {packet: pair}}
)");
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(record.values().size(), 50u);
    EXPECT_EQ(record.values()[49], 98'000'196);
    EXPECT_EQ(stats_of(graph, "even").gaps, 50u);
    EXPECT_EQ(stats_of(graph, "twice").gaps, 50u);
    EXPECT_EQ(stats_of(graph, "twice").work.count, 50u);
    EXPECT_EQ(stats_of(graph, "pair").gaps, 50u);
    EXPECT_EQ(stats_of(graph, "out").gaps, 50u);
}

TEST(Flow, AnOptionalInputIsEmptyWhereThereIsAGap) {
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 4}}
  split:  {use: test.split, in: {number: source}}
  either: {use: test.either, in: {a: split.even, b: split.odd}}
  out:    {use: sink.app, in: {packet: either}}
)"),
              (std::vector<std::int64_t>{-1000, -999, -998, -997}));
}

TEST(Flow, GoesOnWithTheOptionalInputsThatHaveNotEnded) {
    EXPECT_EQ(run(R"(
  short:  {use: test.count, with: {count: 2}}
  long:   {use: test.count, with: {count: 4}}
  either: {use: test.either, in: {a: short, b: long}}
  out:    {use: sink.app, in: {packet: either}}
)"),
              (std::vector<std::int64_t>{0, 2, -998, -997}));
}

TEST(Flow, EndsAnEndlessSourceOnceNobodyTakesFromIt) {
    EXPECT_EQ(run(R"(
  short:   {use: test.count, with: {count: 3}}
  endless: {use: test.count, with: {count: 0}}
  pair:    {use: test.pair, in: {a: short, b: endless}}
  out:     {use: sink.app, in: {packet: pair}}
)"),
              (std::vector<std::int64_t>{0, 1'000'001, 2'000'002}));
}

TEST(Flow, ASourceThatGoesBackInTimeOpensANewEpoch) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 6, back_at: 4}}
  twice:  {use: test.scale, in: {number: source}}
  pair:   {use: test.pair, in: {a: source, b: twice}}
  out:    {use: sink.app, in: {packet: pair}}
)");
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    const Timestamp step = 10 * kMillisecond;
    EXPECT_EQ(
        record.keys(),
        (std::vector<Key>{{0, 0}, {0, step}, {0, 2 * step}, {0, 3 * step}, {1, 0}, {1, step}}));
    EXPECT_EQ(record.values()[5], 5'000'010);
}

TEST(Flow, ConnectionsBoundHowFarASourceRunsAhead) {
    // 2 items fit into the connection, 1 is inside the node that does not return.
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 0}}
  hang:   {use: test.stuck, in: {number: {from: source, queue: 2}}}
)");
    ASSERT_TRUE(graph.start());
    while (stats_of(graph, "source").work.count < 3) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(stats_of(graph, "source").work.count, 3u);
    EXPECT_FALSE(graph.stop(0));
}

TEST(Flow, TheShortestQueuesCarryALongGraphOnOneThread) {
    std::string nodes = "  source: {use: test.count, with: {count: 1000}}\n";
    std::string last = "source";
    for (int i = 0; i < 20; ++i) {
        const std::string id = "n" + std::to_string(i);
        nodes += "  " + id + ": {use: test.scale, with: {factor: 1}, in: {number: {from: " + last +
                 ", queue: 1}}}\n";
        last = id;
    }
    GraphOptions options;
    options.threads = 1;
    EXPECT_EQ(run(nodes + "  out: {use: sink.app, in: {packet: " + last + "}}\n", options),
              range(1000));
}

constexpr const char* kDiamond = R"(
  source: {use: test.count, with: {count: 5000, back_at: 2500}}
  even:   {use: test.even, in: {number: source}}
  three:  {use: test.scale, with: {factor: 3}, in: {number: source}}
  five:   {use: test.scale, with: {factor: 5}, in: {number: {from: three, queue: 1}}}
  either: {use: test.either, in: {a: even, b: five}}
  pair:   {use: test.pair, in: {a: either, b: {from: three, queue: 8}}}
  out:    {use: sink.app, in: {packet: pair}}
)";

TEST(Flow, GivesTheSameForAnyNumberOfThreads) {
    GraphOptions options;
    options.threads = 1;
    const std::vector<std::int64_t> expected = run(kDiamond, options);
    ASSERT_EQ(expected.size(), 5000u);
    for (const int threads : {2, 3, 8}) {
        options.threads = threads;
        EXPECT_EQ(run(kDiamond, options), expected) << threads << " threads";
    }
}

TEST(Flow, CarriesAHundredThousandFirings) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 50000}}
  one:    {use: test.scale, in: {number: source}}
  sink:   {use: test.drop, in: {number: one}}
)");
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(stats_of(graph, "one").work.count, 50000u);
    EXPECT_EQ(stats_of(graph, "sink").work.count, 50000u);
    EXPECT_EQ(graph.stats().dropped, 0u);
    EXPECT_EQ(graph.stats().end_to_end.count, 50000u);
}

TEST(Flow, DurationEndsAFileAfterThatMuchMediaTime) {
    GraphOptions options;
    options.duration = 95 * kMillisecond;
    EXPECT_EQ(run(R"(
  source: {use: test.count, with: {count: 0, step: 10ms}}
  out:    {use: sink.app, in: {packet: source}}
)",
                  options),
              range(10));
}

TEST(Flow, TellsANodeTheLatencyUpToIt) {
    const std::vector<std::int64_t> latencies = run(R"(
  source: {use: test.count, with: {count: 20}}
  meter:  {use: test.meter, in: {number: source}}
  out:    {use: sink.app, in: {packet: meter}}
)");
    ASSERT_EQ(latencies.size(), 20u);
    EXPECT_EQ(latencies[0], 0);
    EXPECT_GT(latencies[19], 0);
}

TEST(Flow, ShowsEverySinkItsPacketsBeforehand) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 5}}
  left:   {use: test.drop, in: {number: source}}
  right:  {use: test.drop, in: {number: source}}
)");
    std::mutex mutex;
    std::map<std::string, int> seen;
    graph.on_sink_packet([&](std::string_view node, std::string_view port, const Packet& packet) {
        const std::lock_guard lock(mutex);
        EXPECT_EQ(port, "number");
        seen[std::string(node)] += static_cast<int>(packet.payload.as<Number>()->value);
    });
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(seen, (std::map<std::string, int>{{"left", 10}, {"right", 10}}));
}

}  // namespace
}  // namespace tarsier::test
