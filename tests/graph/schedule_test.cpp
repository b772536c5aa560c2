// SPDX-License-Identifier: Apache-2.0
// Whatever fires first: the same comes out. The engine's order is replaced by a random one.
#include <map>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

// 1600 runs; each finds another order.
constexpr int kSchedules = 100;

constexpr const char* kEverything = R"(
  source: {use: test.count, with: {count: 40, back_at: 25}}
  slow:   {use: test.count, with: {count: 12, step: 30ms}}
  hops:   {use: test.hops, with: {count: 40}}
  even:   {use: test.even, in: {number: source}}
  three:  {use: test.scale, with: {factor: 3}, in: {number: source}}
  five:   {use: test.scale, with: {factor: 5}, in: {number: {from: three, queue: 1}}}
  fails:  {use: test.fragile, with: {fails: process, at: 7}, on_error: skip, in: {number: source}}
  split:  {use: test.split, in: {number: fails}}
  merged: {use: test.either, in: {a: split.even, b: split.odd}, sync: any}
  either: {use: test.either, in: {a: even, b: five}}
  pair:   {use: test.pair, in: {a: either, b: {from: merged, queue: 8}}}
  held:   {use: test.either, in: {a: pair, b: slow}, sync: {hold: a, max_age: 20ms}}
  near:   {use: test.either, in: {a: slow, b: pair}, sync: {nearest: a, tolerance: 8ms}}
  under:  {use: test.under, in: {frame: source, sound: hops}, sync: {span: frame}}
  out1:   {use: test.swallow, in: {packet: held}}
  out2:   {use: test.swallow, in: {packet: near}}
  out3:   {use: test.swallow, in: {packet: under}}
)";

/// Everything that reaches the sinks: per sink the keys and values in order.
using Outcome = std::map<std::string, std::vector<std::pair<Key, std::int64_t>>, std::less<>>;

Outcome run(int threads, std::uint64_t seed) {
    GraphOptions options;
    options.threads = threads;
    options.schedule_seed = seed;
    Graph graph = make_graph(kEverything, options);
    Outcome outcome;
    std::mutex mutex;
    graph.on_sink_packet([&](std::string_view node, std::string_view, const Packet& packet) {
        const std::lock_guard lock(mutex);
        outcome[std::string(node)].emplace_back(packet.key, packet.payload.as<Number>()->value);
    });
    EXPECT_TRUE(graph.start());
    EXPECT_TRUE(graph.wait());
    return outcome;
}

TEST(Schedule, NoOrderOfFiringsChangesWhatComesOut) {
    const Outcome expected = run(1, 0);
    ASSERT_EQ(expected.size(), 3u);
    for (const auto& [sink, items] : expected) EXPECT_GE(items.size(), 12u) << sink;
    for (int threads = 1; threads <= 16; ++threads)
        for (int schedule = 1; schedule <= kSchedules; ++schedule)
            ASSERT_EQ(run(threads, static_cast<std::uint64_t>(threads * kSchedules + schedule)),
                      expected)
                << threads << " threads, schedule " << schedule;
}

}  // namespace
}  // namespace tarsier::test
