// SPDX-License-Identifier: Apache-2.0
// What happens where more comes than goes: full connections and regions.
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

using Values = std::vector<std::int64_t>;
using Drops = std::vector<std::pair<std::string, std::uint64_t>>;

class Pressure : public ::testing::Test {
  protected:
    void SetUp() override {
        camera_feed = &feed_;
        gate_opens = &gate_;
        options_.clock = &clock_;
        options_.max_in_flight = 100;
    }

    /// Sends a frame every millisecond, each when the camera has seen the one before.
    void frames(const Graph& graph, int count) {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t before = stats_of(graph, "camera").work.count;
            ASSERT_TRUE(feed_.push(++sent_ * kMillisecond));
            while (stats_of(graph, "camera").work.count == before) std::this_thread::yield();
        }
    }
    static void await(const Record& record, std::size_t wanted) {
        while (record.values().size() < wanted) std::this_thread::yield();
    }
    void await_drops(const Graph& graph, std::uint64_t wanted) {
        while (graph.stats().dropped < wanted) std::this_thread::yield();
    }
    /// Opens the gate for good and lets the graph end.
    void finish(Graph& graph) {
        feed_.close();
        gate_.release(60);
        const Status ended = graph.wait();
        EXPECT_TRUE(ended) << ended.error().to_string();
    }

    BoundedQueue<Timestamp> feed_{1};
    std::counting_semaphore<100> gate_{0};
    ManualClock clock_;
    GraphOptions options_;
    Timestamp sent_ = 0;
};

std::string gated(const std::string& queue) {
    return R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: {from: camera, queue: )" +
           queue + R"(}}}
  both:   {use: test.either, in: {a: camera, b: slow}}
  out:    {use: sink.app, in: {packet: slow}}
  end:    {use: test.swallow, in: {packet: {from: both, queue: 20}}}
)";
}

TEST_F(Pressure, AConnectionMayDropItsOldest) {
    Graph graph = make_graph(gated("{capacity: 2, full: drop_oldest}"), options_);
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    frames(graph, 1);
    while (gate_waits == 0) std::this_thread::yield();
    // The join holds two frames for the slow branch, a third waits before it.
    frames(graph, 3);
    finish(graph);
    EXPECT_EQ(record.values().size() + graph.stats().dropped, 4u);
    EXPECT_EQ(record.values().back(), 3);
}

TEST_F(Pressure, WhatAConnectionDropsIsTheOldestOrTheNewestAndIsCounted) {
    const auto lone = [](const std::string& full) {
        return R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: {from: camera, queue: {capacity: 2, full: )" +
               full + R"(}}}}
  out:    {use: sink.app, in: {packet: slow}}
)";
    };
    for (const auto& [full, expected] :
         {std::pair("drop_oldest", Values{0, 4, 5}), std::pair("drop_newest", Values{0, 1, 2})}) {
        SetUp();
        BoundedQueue<Timestamp> feed(1);
        camera_feed = &feed;
        Graph graph = make_graph(lone(full), options_);
        const Record record(graph, "out");
        gate_waits = 0;
        ASSERT_TRUE(graph.start());
        ASSERT_TRUE(feed.push(0));
        while (gate_waits == 0) std::this_thread::yield();
        for (int i = 1; i < 6; ++i) ASSERT_TRUE(feed.push(i));
        await_drops(graph, 3);
        feed.close();
        gate_.release(20);
        ASSERT_TRUE(graph.wait());
        EXPECT_EQ(record.values(), expected) << full;
        EXPECT_EQ(graph.stats().drops, (Drops{{"camera.number: no room before slow.number", 3}}));
        EXPECT_EQ(stats_of(graph, "camera").dropped, 3u);
        while (gate_.try_acquire()) {
        }
    }
}

TEST_F(Pressure, AFullConnectionMayBeAnError) {
    Graph graph = make_graph(gated("{capacity: 1, full: error}"), options_);
    ASSERT_TRUE(graph.start());
    gate_waits = 0;
    ASSERT_TRUE(feed_.push(1));
    while (gate_waits == 0) std::this_thread::yield();
    ASSERT_TRUE(feed_.push(2));
    ASSERT_TRUE(feed_.push(3));
    while (stats_of(graph, "camera").errors == 0) std::this_thread::yield();
    gate_.release(20);
    const Status ended = graph.wait();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Code::Exhausted);
    EXPECT_EQ(ended.error().to_string(),
              "test.yaml:5:48: error: node 'camera': test.camera: the connection to 'slow.number', "
              "which holds 1, is full\n"
              "  hint: give it a greater `capacity`, or let it drop_oldest");
}

TEST_F(Pressure, BehindFilesEverythingBlocksWhateverIsWritten) {
    for (const char* full : {"drop_oldest", "drop_newest", "error"}) {
        Graph graph = make_graph(R"(
  source: {use: test.count, with: {count: 200}, region: {max_in_flight: 1, budget: 1ns}}
  slow:   {use: test.lag, with: {at_most: 50us}, region: {max_in_flight: 1, budget: 1ns},
           in: {number: {from: source, queue: {capacity: 1, full: )" +
                                 std::string(full) + R"(}}}}
  sink:   {use: test.drop, in: {number: slow}}
)");
        ASSERT_TRUE(graph.start());
        ASSERT_TRUE(graph.wait());
        EXPECT_EQ(stats_of(graph, "sink").work.count, 200u) << full;
        EXPECT_EQ(graph.stats().dropped, 0u) << full;
    }
}

constexpr const char* kSlowBranch = R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: camera}, region: {max_in_flight: 1}}
  out:    {use: sink.app, in: {packet: camera}}
  seen:   {use: test.swallow, in: {packet: slow}}
)";

TEST_F(Pressure, ARegionKeepsASlowBranchFromHoldingUpTheOthers) {
    options_.max_in_flight = 1;
    Graph graph = make_graph(kSlowBranch, options_);
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    gate_waits = 0;
    for (std::size_t i = 1; i <= 6; ++i) {
        frames(graph, 1);
        await(record, i);
        while (gate_waits == 0) std::this_thread::yield();
    }
    EXPECT_EQ(stats_of(graph, "slow").work.count, 0u);
    finish(graph);
    EXPECT_EQ(record.values(), (Values{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(stats_of(graph, "seen").work.count, 2u) << "the first and the newest";
    EXPECT_EQ(graph.stats().drops, (Drops{{"camera.number: no room before slow.number", 4}}));
}

TEST_F(Pressure, WhatIsOverTheBudgetOfARegionIsDroppedAtItsDoor) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: camera}, region: {max_in_flight: 1, budget: 50ms}}
  out:    {use: sink.app, in: {packet: slow}}
)",
                             options_);
    const Record record(graph, "out");
    gate_waits = 0;
    ASSERT_TRUE(graph.start());
    frames(graph, 1);
    while (gate_waits == 0) std::this_thread::yield();
    frames(graph, 1);
    clock_.advance(60 * kMillisecond);
    gate_.release(1);
    await(record, 1);
    frames(graph, 1);
    finish(graph);
    EXPECT_EQ(record.values(), (Values{0, 2}));
    EXPECT_EQ(graph.stats().drops, (Drops{{"slow: over the budget of its region", 1}}));
}

TEST_F(Pressure, ASourceMayKeepTheOlderOfTwoThatWait) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera, region: {max_in_flight: 1, drop: newest}}
  slow:   {use: test.gate, in: {number: camera}}
  out:    {use: sink.app, in: {packet: slow}}
)",
                             options_);
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    frames(graph, 5);
    await_drops(graph, 3);
    finish(graph);
    EXPECT_EQ(record.values(), (Values{0, 1}));
}

TEST_F(Pressure, PlacesComeBackWhateverHappensToAnItem) {
    // Gaps, failures, drops in connections, drops at a door: nothing may lose a place.
    options_.max_in_flight = 2;
    options_.clock = nullptr;
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  even:   {use: test.even, in: {number: camera}}
  fails:  {use: test.fragile, with: {fails: process, at: 4}, on_error: skip, in: {number: even}}
  tight:  {use: test.lag, in: {number: {from: fails, queue: {capacity: 1, full: drop_oldest}}}}
  door:   {use: test.lag, in: {number: camera}, region: {max_in_flight: 1, budget: 100us}}
  either: {use: test.either, in: {a: tight, b: door}}
  held:   {use: test.either, in: {a: camera, b: either}, sync: hold}
  sink:   {use: test.swallow, in: {packet: held}}
)",
                             options_);
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 3000; ++i) ASSERT_TRUE(feed_.push(monotonic_now()));
    feed_.close();
    ASSERT_TRUE(graph.wait());
    std::uint64_t at_the_source = 0;
    for (const auto& [place, count] : graph.stats().drops)
        if (place == "camera.number: superseded by a newer item") at_the_source = count;
    EXPECT_EQ(stats_of(graph, "held").work.count + at_the_source, 3000u);
    EXPECT_GT(stats_of(graph, "door").work.count, 0u);
}

TEST_F(Pressure, AKeptPayloadTakesNoPlace) {
    options_.max_in_flight = 1;
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  out:    {use: sink.app, in: {packet: camera}}
)",
                             options_);
    std::vector<Payload> window;
    std::atomic<int> count = 0;
    graph.output("out").on_packet([&](const Packet& packet) {
        window.push_back(packet.payload);
        ++count;
    });
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 20; ++i) {
        ASSERT_TRUE(feed_.push(i));
        while (count < i) std::this_thread::yield();
    }
    finish(graph);
    EXPECT_EQ(graph.stats().dropped, 0u);
}

std::string errors(const std::string& node) {
    const Result<Graph> graph = Graph::parse(
        "tarsier: 1\nnodes:\n  s: {use: test.count}\n  " + node, "g.yaml", {}, {}, test_registry());
    return graph ? "" : graph.error().to_string();
}

TEST(PressureCheck, SaysWhatIsWrongWithAQueue) {
    EXPECT_EQ(errors("d: {use: test.drop, in: {number: {from: s, queue: {full: dropoldest}}}}"),
              "g.yaml:4:60: error: node 'd': full: 'dropoldest' is unknown\n"
              "  hint: did you mean 'drop_oldest'?");
    EXPECT_EQ(errors("d: {use: test.drop, in: {number: {from: s, queue: {capacity: 0}}}}"),
              "g.yaml:4:64: error: node 'd': capacity: '0', expected an integer 1..1024");
    EXPECT_EQ(errors("d: {use: test.drop, in: {number: {from: s, queue: {size: 3}}}}"),
              "g.yaml:4:54: error: node 'd': 'queue' has no key 'size'\n"
              "  hint: known: capacity, full");
}

TEST(PressureCheck, SaysWhatIsWrongWithARegion) {
    EXPECT_EQ(errors("d: {use: test.drop, in: {number: s}, region: {drop: all, budget: 0s}}"),
              "g.yaml:4:55: error: node 'd': drop: 'all' is unknown\n"
              "  hint: known: oldest, newest\n"
              "g.yaml:4:68: error: node 'd': budget = 0s, expected a duration such as 100ms, "
              "1ns..1h");
    EXPECT_EQ(errors("p: {use: test.pair, in: {a: s, b: s}, region: {max_in_flight: 1}}"),
              "g.yaml:4:41: error: node 'p': a region begins at a source or a node with one "
              "connection, here are 2\n"
              "  hint: put `region:` on the node that its inputs come from");
}

}  // namespace
}  // namespace tarsier::test
