// SPDX-License-Identifier: Apache-2.0
// Sound whose clock drifts.
#include <cmath>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

class Resync : public ::testing::TestWithParam<const char*> {};

/// The greatest distance of the stamps from the truth, after the first minute of `hops` times 10 ms
/// from a microphone whose clock runs `ppm` too fast.
Timestamp worst_skew(const std::string& ppm, int hops) {
    ManualClock clock;
    source_clock = &clock;
    GraphOptions options;
    options.clock = &clock;
    options.threads = 1;  // so that every hop is through before the next comes
    Graph graph = make_graph(
        "  mic: {use: test.mic, with: {count: " + std::to_string(hops) + ", ppm: " + ppm + R"(}}
  resync: {use: audio.resync, in: {audio: mic.sound}}
  out:    {use: test.swallow, in: {packet: resync}}
)",
        options);
    Timestamp last = -1, worst = 0;
    int count = 0;
    graph.on_sink_packet([&](std::string_view, std::string_view, const Packet& packet) {
        const Timestamp truth = kSecond + count * 10 * kMillisecond;
        EXPECT_GT(packet.key.ts, last);
        last = packet.key.ts;
        if (++count > 6000) worst = std::max(worst, std::abs(last - truth));
    });
    EXPECT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    EXPECT_EQ(count, hops);
    return worst;
}

TEST_P(Resync, KeepsTheStampsOfADriftingClockWithin20Milliseconds) {
    // An hour: without help they would be 360 ms off.
    EXPECT_LT(worst_skew(GetParam(), 360'000), 20 * kMillisecond);
}

INSTANTIATE_TEST_SUITE_P(Crystals, Resync, ::testing::Values("-100", "0", "100"));

TEST(ResyncOfFiles, ChangesNothing) {
    Graph graph = make_graph(R"(
  hops:   {use: test.hops, with: {count: 20}}
  resync: {use: audio.resync, in: {audio: hops}}
  frames: {use: test.count, with: {count: 20, step: 10ms}}
  under:  {use: test.under, in: {frame: frames, sound: resync}}
  out:    {use: sink.app, in: {packet: under}}
)");
    const Record record(graph, "out");
    ASSERT_TRUE(graph.start());
    ASSERT_TRUE(graph.wait());
    ASSERT_EQ(record.values().size(), 20u);
    EXPECT_EQ(record.values()[19], 19 * 160 * 1'000'000LL + 160);
}

}  // namespace
}  // namespace tarsier::test
