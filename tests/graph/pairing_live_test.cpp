// SPDX-License-Identifier: Apache-2.0
// Pairing behind live sources: what waits, and for how long.
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

class LivePairing : public ::testing::Test {
  protected:
    void SetUp() override { camera_feed = &feed_; }
    static void await(const std::atomic<int>& count, int wanted) {
        while (count < wanted) std::this_thread::yield();
    }

    BoundedQueue<Timestamp> feed_{1};
};

TEST_F(LivePairing, AnOverlayThatIsPairedExactIsNeverDrawnOnAnotherFrame) {
    // A million frames on a clock of our own; the camera does not wait, so some are dropped.
    constexpr int kFrames = 1'000'000;
    ManualClock clock;
    source_clock = &clock;
    GraphOptions options;
    options.clock = &clock;
    options.threads = 2;
    Graph graph = make_graph(R"(
  camera: {use: test.count, with: {live: true, count: 1000000, step: 1ms}}
  seen:   {use: test.scale, with: {factor: 1}, in: {number: camera}}
  mask:   {use: test.even, in: {number: seen}}
  both:   {use: test.pair, in: {a: camera, b: mask}}
  out:    {use: sink.app, in: {packet: both}}
)",
                             options);
    std::int64_t drawn = 0, wrong = 0, last = -1;
    graph.output("out").on_packet([&](const Packet& packet) {
        const std::int64_t pair = packet.payload.as<Number>()->value;
        const std::int64_t frame = packet.key.ts / kMillisecond;
        ++drawn;
        if (pair / 1'000'000 != pair % 1'000'000 || frame != pair % 1'000'000 || frame <= last)
            ++wrong;
        last = frame;
    });
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(drawn, 0);
    const GraphStats stats = graph.stats();
    EXPECT_EQ(stats_of(graph, "seen").work.count + stats.dropped, kFrames);
    EXPECT_EQ(stats_of(graph, "seen").work.count, drawn + stats_of(graph, "mask").gaps);
}

TEST_F(LivePairing, HoldDoesNotWaitForASlowBranch) {
    GraphOptions options;
    options.max_in_flight = 4;
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: camera}}
  both:   {use: test.either, in: {a: camera, b: slow}, sync: {hold: a, max_age: 10ms}}
  out:    {use: sink.app, in: {packet: both}}
)",
                             options);
    std::counting_semaphore<100> gate(0);
    gate_opens = &gate;
    std::atomic<int> count = 0;
    std::vector<std::int64_t> values;
    graph.output("out").on_packet([&](const Packet& packet) {
        values.push_back(packet.payload.as<Number>()->value);
        ++count;
    });
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(feed_.push(0));
    await(count, 1);  // while the gate is shut
    ASSERT_TRUE(feed_.push(kMillisecond));
    await(count, 2);
    gate.release(2);
    while (stats_of(graph, "slow").work.count < 2) std::this_thread::yield();
    ASSERT_TRUE(feed_.push(5 * kMillisecond));
    await(count, 3);
    gate.release(50);
    feed_.close();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(values, (std::vector<std::int64_t>{-1000, -999, 3}));
}

TEST_F(LivePairing, WhatHoldKeepsTakesNoPlace) {
    GraphOptions options;
    options.max_in_flight = 1;
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  same:   {use: test.scale, with: {factor: 1}, in: {number: camera}}
  both:   {use: test.either, in: {a: camera, b: same}, sync: hold}
  out:    {use: sink.app, in: {packet: both}}
)",
                             options);
    std::atomic<int> count = 0;
    graph.output("out").on_packet([&](const Packet&) { ++count; });
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 50; ++i) {
        ASSERT_TRUE(feed_.push(i * kMillisecond));
        await(count, i);
    }
    feed_.close();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(graph.stats().dropped, 0u);
}

TEST_F(LivePairing, NearestWaitsNoLongerThanItsTolerance) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  other:  {use: test.quiet}
  both:   {use: test.either, in: {a: camera, b: other}, sync: {nearest: a, tolerance: 2ms}}
  out:    {use: sink.app, in: {packet: both}}
)");
    std::atomic<int> count = 0;
    graph.output("out").on_packet([&](const Packet& packet) {
        EXPECT_GE(monotonic_now(), packet.key.ts + 2 * kMillisecond);
        ++count;
    });
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(feed_.push(monotonic_now()));
        await(count, i);
    }
    feed_.close();
    ASSERT_TRUE(graph.stop());
}

TEST_F(LivePairing, AnyGivesWhatComesAndKeepsItInOrder) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  slow:   {use: test.gate, in: {number: camera}}
  both:   {use: test.either, in: {a: camera, b: slow}, sync: any}
  out:    {use: sink.app, in: {packet: both}}
)");
    std::counting_semaphore<100> gate(0);
    gate_opens = &gate;
    std::atomic<int> count = 0;
    std::vector<Key> keys;
    graph.output("out").on_packet([&](const Packet& packet) {
        keys.push_back(packet.key);
        ++count;
    });
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(feed_.push(100));
    await(count, 1);
    ASSERT_TRUE(feed_.push(200));
    await(count, 2);
    gate.release(50);
    await(count, 4);
    feed_.close();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(keys, (std::vector<Key>{{0, 100}, {0, 200}, {0, 201}, {0, 202}}));
}

}  // namespace
}  // namespace tarsier::test
