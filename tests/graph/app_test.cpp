// SPDX-License-Identifier: Apache-2.0
// source.app and sink.app: the program's ends of a graph.
#include <thread>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

constexpr const char* kPassThrough = R"(
  camera: {use: source.app}
  result: {use: sink.app, in: {packet: camera.image}}
)";

Image picture(std::uint8_t value) {
    Image image = *Image::allocate({4, 2}, PixelFormat::Gray8);
    image.mutable_plane().row(0)[0] = value;
    return image;
}

TEST(App, WhatIsSentComesOutInOrderWithItsTime) {
    Graph graph = make_graph(kPassThrough);
    std::vector<int> values;
    std::vector<Timestamp> times;
    graph.output("result").on_packet([&](const Packet& packet) {
        values.push_back(packet.payload.as<Image>()->plane().row(0)[0]);
        times.push_back(packet.key.ts);
    });
    ASSERT_TRUE(graph.start());
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(
            graph.input("camera").send(picture(static_cast<std::uint8_t>(i)), {i * 40, 40}));
    graph.input("camera").finish();
    ASSERT_TRUE(graph.wait());
    ASSERT_EQ(values.size(), 100u);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
        EXPECT_EQ(times[static_cast<std::size_t>(i)], i * 40);
    }
    EXPECT_EQ(graph.stats().dropped, 0u);
}

TEST(App, WithoutAStampTheClockOfTheGraphIsTaken) {
    ManualClock clock;
    clock.set(7 * kSecond);
    GraphOptions options;
    options.clock = &clock;
    Graph graph = make_graph(kPassThrough, options);
    std::atomic<Timestamp> time = 0;
    graph.output("result").on_packet([&](const Packet& packet) { time = packet.key.ts; });
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.input("camera").send(picture(1)));
    graph.input("camera").finish();
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(time, 7 * kSecond);
}

TEST(App, TakesAFewBeforeTheStartAndThenSaysSo) {
    Graph graph = make_graph(kPassThrough);
    std::atomic<int> count = 0;
    graph.output("result").on_packet([&](const Packet&) { ++count; });
    ASSERT_TRUE(graph.input("camera").send(picture(1), {1, 0}));
    ASSERT_TRUE(graph.input("camera").send(picture(2), {2, 0}));
    const Status third = graph.input("camera").send(picture(3), {3, 0});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, Code::Usage);
    graph.input("camera").finish();
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    EXPECT_EQ(count, 2);
}

TEST(App, SendingIsRefusedOnceTheGraphHasStopped) {
    Graph graph = make_graph(kPassThrough);
    ASSERT_TRUE(graph.start());
    std::jthread sender([&] {
        Timestamp ts = 0;
        Status sent = Ok{};
        while (sent) sent = graph.input("camera").send(picture(1), {++ts, 0});
        EXPECT_EQ(sent.error().code, Code::Cancelled);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(graph.stop());
}

TEST(App, KnowsWhichNodesAreEnds) {
    Graph graph = make_graph(kPassThrough);
    EXPECT_TRUE(graph.has_input("camera"));
    EXPECT_TRUE(graph.has_output("result"));
    EXPECT_FALSE(graph.has_input("result"));
    EXPECT_FALSE(graph.has_output("nobody"));
}

TEST(App, AGraphMayMoveWhileItRuns) {
    Graph first = make_graph(kPassThrough);
    ASSERT_TRUE(first.start());
    Graph second = std::move(first);
    EXPECT_TRUE(second.input("camera").send(picture(1)));
    EXPECT_TRUE(second.stop());
}

}  // namespace
}  // namespace tarsier::test
