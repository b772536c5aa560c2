// SPDX-License-Identifier: Apache-2.0
// Live sources: newest first, so many items at once, every drop counted.
#include <latch>
#include <semaphore>
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

constexpr const char* kLive = R"(
  camera: {use: test.camera}
  one:    {use: test.scale, with: {factor: 1}, in: {number: camera}}
  out:    {use: sink.app, in: {packet: one}}
)";

class Live : public ::testing::Test {
  protected:
    void SetUp() override { camera_feed = &feed_; }

    /// Sends a frame and waits until the camera has seen it.
    void frame(const Graph& graph) {
        const std::uint64_t before = stats_of(graph, "camera").work.count;
        ASSERT_TRUE(feed_.push(++frames_ * kMillisecond));
        while (stats_of(graph, "camera").work.count == before) std::this_thread::yield();
    }
    /// Waits until this many packets came out.
    static void await(const std::atomic<int>& count, int wanted) {
        while (count < wanted) std::this_thread::yield();
    }

    BoundedQueue<Timestamp> feed_{1};
    Timestamp frames_ = 0;
};

TEST_F(Live, TheNewestItemWaitsAndReplacesOlderOnes) {
    Graph graph = make_graph(kLive);
    std::counting_semaphore<100> may_return(0);
    std::vector<std::int64_t> seen;
    std::atomic<int> count = 0;
    graph.output("out").on_packet([&](const Packet& packet) {
        seen.push_back(packet.payload.as<Number>()->value);
        ++count;
        may_return.acquire();
    });
    ASSERT_TRUE(graph.start());
    // Two are inside (max_in_flight), of the other eight the last one waits.
    for (int i = 0; i < 10; ++i) frame(graph);
    await(count, 1);
    while (graph.stats().dropped < 7) std::this_thread::yield();
    feed_.close();
    may_return.release(100);
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 9}));
    EXPECT_EQ(graph.stats().dropped, 7u);
    EXPECT_EQ(stats_of(graph, "camera").dropped, 7u);
    ASSERT_EQ(graph.stats().drops.size(), 1u);
    EXPECT_EQ(graph.stats().drops[0].first, "camera.number: superseded by a newer item");
    EXPECT_EQ(graph.stats().drops[0].second, 7u);
}

TEST_F(Live, APacketThatTheProgramKeepsHoldsItsPlace) {
    GraphOptions options;
    options.max_in_flight = 1;
    Graph graph = make_graph(kLive, options);
    std::mutex mutex;
    std::unique_ptr<const Packet> kept;
    std::atomic<int> count = 0;
    graph.output("out").on_packet([&](const Packet& packet) {
        const std::lock_guard lock(mutex);
        if (!kept) kept = std::make_unique<const Packet>(packet);
        ++count;
    });
    ASSERT_TRUE(graph.start());
    frame(graph);
    await(count, 1);
    frame(graph);
    frame(graph);
    EXPECT_EQ(count, 1);
    EXPECT_EQ(kept->origin->sequence, 0u);
    {
        std::unique_ptr<const Packet> gone;
        const std::lock_guard lock(mutex);
        gone.swap(kept);
    }
    await(count, 2);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(kept->origin->sequence, 2u);
    feed_.close();
    kept.reset();
}

TEST_F(Live, APacketMayOutliveItsGraph) {
    std::unique_ptr<const Packet> kept;
    {
        Graph graph = make_graph(kLive);
        std::latch seen(1);
        graph.output("out").on_packet([&](const Packet& packet) {
            kept = std::make_unique<const Packet>(packet);
            seen.count_down();
        });
        ASSERT_TRUE(graph.start());
        frame(graph);
        seen.wait();
        ASSERT_TRUE(graph.stop());
    }
    EXPECT_EQ(kept->payload.as<Number>()->value, 0);
    kept.reset();
}

TEST_F(Live, StopLeavesASourceThatWaitsForAFrame) {
    Graph graph = make_graph(kLive);
    ASSERT_TRUE(graph.start());
    frame(graph);
    EXPECT_TRUE(graph.stop());
}

TEST_F(Live, DurationEndsACameraThatGivesNothing) {
    GraphOptions options;
    options.duration = 5 * kMillisecond;
    Graph graph = make_graph(kLive, options);
    ASSERT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
}

TEST_F(Live, ABlockingFileDropsNothing) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera, with: {live: false}}
  slow:   {use: test.drop, with: {work: 200us}, in: {number: camera}}
)");
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 50; ++i) ASSERT_TRUE(feed_.push(i));
    feed_.close();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(stats_of(graph, "slow").work.count, 50u);
    EXPECT_EQ(graph.stats().dropped, 0u);
}

TEST_F(Live, RunsForLongUnderAFastCameraAndASlowSink) {
    Graph graph = make_graph(R"(
  camera: {use: test.camera}
  even:   {use: test.even, in: {number: camera}}
  either: {use: test.either, in: {a: camera, b: even}}
  slow:   {use: test.drop, with: {work: 100us}, in: {number: either}}
)");
    ASSERT_TRUE(graph.start());
    for (int i = 1; i <= 5000; ++i) ASSERT_TRUE(feed_.push(i));
    feed_.close();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(stats_of(graph, "slow").work.count + graph.stats().dropped, 5000u);
    EXPECT_GT(stats_of(graph, "slow").work.count, 0u);
}

}  // namespace
}  // namespace tarsier::test
