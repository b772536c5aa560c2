// SPDX-License-Identifier: Apache-2.0
// Starting, failing and stopping.
#include <random>
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

std::string fragile(const std::string& options, const std::string& policy = "stop") {
    return R"(
  source:  {use: test.count, with: {count: 10}}
  fragile: {use: test.fragile, with: )" +
           options + ", on_error: " + policy + R"(, in: {number: source}}
  out:     {use: sink.app, in: {packet: fragile}}
)";
}

TEST(Life, EndsByItselfWhenTheSourcesHaveEnded) {
    Graph graph = make_graph(fragile("{}"));
    EXPECT_FALSE(graph.running());
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    EXPECT_FALSE(graph.running());
    EXPECT_TRUE(graph.stop());
}

TEST(Life, StartsAndStopsEveryNodeOnce) {
    fragile_starts = fragile_stops = 0;
    {
        // Without an end, lest the second start() comes after it.
        Graph graph = make_graph(R"(
  source:  {use: test.count, with: {count: 0}}
  fragile: {use: test.fragile, in: {number: source}}
  sink:    {use: test.drop, in: {number: fragile}}
)");
        ASSERT_TRUE(graph.start());
        ASSERT_TRUE(graph.start());
        ASSERT_TRUE(graph.stop());
        ASSERT_TRUE(graph.stop());
    }
    EXPECT_EQ(fragile_starts, 1);
    EXPECT_EQ(fragile_stops, 1);
}

TEST(Life, EndsWithoutErrorWhenANodeGivesUpByItself) {
    Graph graph = make_graph(R"(
  source:  {use: test.count, with: {count: 0}}
  fragile: {use: test.fragile, with: {fails: give_up}, in: {number: source}}
  sink:    {use: test.drop, in: {number: fragile}}
)");
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    EXPECT_TRUE(graph.stop());
    EXPECT_EQ(stats_of(graph, "sink").work.count, 3u);
}

TEST(Life, RunsOnlyOnce) {
    Graph graph = make_graph(fragile("{}"));
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    const Status again = graph.start();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::Usage);
}

TEST(Life, WaitingForAGraphThatWasNotStartedIsAnError) {
    Graph graph = make_graph(fragile("{}"));
    EXPECT_FALSE(graph.wait());
    EXPECT_TRUE(graph.stop());
}

TEST(Life, AFailedStartStopsWhatWasStarted) {
    fragile_starts = fragile_stops = 0;
    Graph graph = make_graph(R"(
  source: {use: test.count}
  good:   {use: test.fragile, in: {number: source}}
  bad:    {use: test.fragile, in: {number: good}, with: {fails: start}}
  sink:   {use: test.drop, in: {number: bad}}
)");
    const Status status = graph.start();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().to_string(),
              "test.yaml:6:3: error: node 'bad': test.fragile: nothing to start with");
    EXPECT_EQ(status.error().code, Code::NotFound);
    EXPECT_EQ(fragile_starts, 1);
    EXPECT_EQ(fragile_stops, 1);
    EXPECT_FALSE(graph.running());
    EXPECT_FALSE(graph.start());
    EXPECT_FALSE(graph.wait());
    EXPECT_EQ(fragile_starts, 1);
}

TEST(Life, AFailedItemEndsTheGraphWithItsPlaceAndWhatCameBeforeIsThrough) {
    Graph graph = make_graph(fragile("{fails: process, at: 3}"));
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    const Status status = graph.wait();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().to_string(),
              "test.yaml:5:3: error: node 'fragile': test.fragile: cannot bear this");
    EXPECT_EQ(status.error().code, Code::BadData);
    EXPECT_EQ(record.values(), (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(stats_of(graph, "fragile").errors, 1u);
}

TEST(Life, ASkippedItemBecomesAGapAndIsCounted) {
    Graph graph = make_graph(fragile("{fails: process, at: 3}", "skip"));
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    EXPECT_EQ(record.values(), (std::vector<std::int64_t>{0, 1, 2, 4, 5, 6, 7, 8, 9}));
    EXPECT_EQ(stats_of(graph, "fragile").errors, 1u);
    EXPECT_EQ(stats_of(graph, "out").gaps, 1u);
}

TEST(Life, AnExceptionInANodeBecomesAnError) {
    Graph graph = make_graph(fragile("{fails: throw}"));
    ASSERT_TRUE(graph.start());
    const Status status = graph.wait();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Internal);
    EXPECT_NE(status.error().message.find("thrown"), std::string::npos);
}

TEST(Life, AFailedStopCounts) {
    Graph graph = make_graph(fragile("{fails: stop}"));
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    const Status status = graph.wait();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Io);
    EXPECT_EQ(record.values().size(), 10u);
}

TEST(Life, TheFirstErrorWins) {
    fragile_stops = 0;
    Graph graph = make_graph(R"(
  source: {use: test.count}
  first:  {use: test.fragile, in: {number: source}, with: {fails: process, at: 2}}
  second: {use: test.fragile, in: {number: first}, with: {fails: stop}}
  sink:   {use: test.drop, in: {number: second}}
)");
    ASSERT_TRUE(graph.start());
    EXPECT_EQ(graph.wait().error().node, "first");
    EXPECT_EQ(graph.stop().error().node, "first");
    EXPECT_EQ(fragile_stops, 2);
}

TEST(Life, ASourceThatFailsEndsTheGraphOrGoesOnAsWritten) {
    const auto nodes = [](const std::string& policy) {
        return "  source: {use: test.count, with: {count: 5, fail_at: 2}, on_error: " + policy +
               "}\n  out: {use: sink.app, in: {packet: source}}\n";
    };
    Graph stops = make_graph(nodes("stop"));
    const Record before(stops, "out");
    ASSERT_TRUE(stops.start());
    EXPECT_EQ(stops.wait().error().message, "test.count: the counter is broken");
    EXPECT_EQ(before.values(), (std::vector<std::int64_t>{0, 1}));

    Graph skips = make_graph(nodes("skip"));
    const Record all(skips, "out");
    ASSERT_TRUE(skips.start());
    EXPECT_TRUE(skips.wait());
    EXPECT_EQ(all.values(), (std::vector<std::int64_t>{0, 1, 3, 4}));
}

constexpr const char* kEndless = R"(
  source: {use: test.count, with: {count: 0}}
  one:    {use: test.scale, in: {number: source}}
  two:    {use: test.even, in: {number: source}}
  either: {use: test.either, in: {a: one, b: two}}
  sink:   {use: test.drop, in: {number: either}}
  out:    {use: sink.app, in: {packet: one}}
)";

TEST(Life, StopLetsWhatIsInsideDrain) {
    Graph graph = make_graph(kEndless);
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    while (record.values().size() < 10) std::this_thread::yield();
    ASSERT_TRUE(graph.stop());
    EXPECT_EQ(record.values().size(), stats_of(graph, "source").work.count);
    EXPECT_EQ(stats_of(graph, "sink").work.count, stats_of(graph, "source").work.count);
    EXPECT_EQ(graph.stats().dropped, 0u);
}

TEST(Life, StopsAtAnyMoment) {
    std::mt19937 random(1);
    for (int i = 0; i < 200; ++i) {
        GraphOptions options;
        options.threads = 1 + i % 4;
        Graph graph = make_graph(kEndless, options);
        const Record record(graph, "out");
        ASSERT_TRUE(graph.start());
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
        ASSERT_TRUE(graph.stop());
        ASSERT_EQ(record.values().size(), stats_of(graph, "one").work.count);
    }
}

TEST(Life, StopsWhenItIsDestroyed) {
    for (int i = 0; i < 20; ++i) {
        Graph graph = make_graph(kEndless);
        ASSERT_TRUE(graph.start());
    }
}

TEST(Life, ManyMayStopAndWaitAtOnce) {
    Graph graph = make_graph(kEndless);
    ASSERT_TRUE(graph.start());
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i)
        callers.emplace_back([&, i] {
            if (i % 3 == 0) graph.request_stop();
            EXPECT_TRUE(i % 2 ? graph.stop() : graph.wait());
        });
}

TEST(Life, MayBeStoppedFromItsOwnThread) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 0}}
  out:    {use: sink.app, in: {packet: source}}
)");
    std::atomic<int> seen = 0;
    graph.output("out").on_packet([&](const Packet&) {
        if (++seen != 5) return;
        EXPECT_TRUE(graph.stop());
        EXPECT_FALSE(graph.wait());
    });
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    EXPECT_GE(seen, 5);
}

TEST(Life, AStopBeforeTheStartEndsTheGraphAtOnce) {
    Graph graph = make_graph(kEndless);
    graph.request_stop();
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
}

TEST(Life, ADeadlineThatPassesCancelsAndNamesWhoWasBusy) {
    Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 0}}
  hang:   {use: test.stuck, in: {number: {from: source, queue: 4}}}
)");
    ASSERT_TRUE(graph.start());
    while (stats_of(graph, "source").work.count < 5) std::this_thread::yield();
    const Status status = graph.stop(kMillisecond);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Cancelled);
    EXPECT_NE(status.error().message.find("'hang'"), std::string::npos);
    ASSERT_EQ(graph.stats().drops.size(), 1u);
    EXPECT_EQ(graph.stats().drops[0].first, "source.number: discarded by stop");
    EXPECT_EQ(graph.stats().drops[0].second, 4u);
}

}  // namespace
}  // namespace tarsier::test
