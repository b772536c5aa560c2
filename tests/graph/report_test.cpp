// SPDX-License-Identifier: Apache-2.0
// What the checker says of a graph without errors: what leaves it, what pairing costs, what it
// holds.
#include <filesystem>
#include <fstream>

#include "test_nodes.h"

namespace fs = std::filesystem;

namespace tarsier::test {
namespace {

CheckReport report(const std::string& text) {
    const fs::path file = fs::path(::testing::TempDir()) / "report.yaml";
    std::ofstream(file) << "tarsier: 1\n" << text;
    return check_graph(file, {}, test_registry());
}

std::string recorded(const std::string& to, const std::string& head = "") {
    return head +
           "nodes:\n  mic: {use: test.hops}\n  same: {use: audio.resync, in: {audio: mic}}\n"
           "  tape: {use: test.recorder, in: {sound: same}, with: {to: \"" +
           to + "\"}}\n";
}

TEST(Report, TellsWhichRawStreamsReachDiskAndNetwork) {
    const CheckReport disk = report(recorded("out.wav"));
    ASSERT_EQ(disk.raw.size(), 1u);
    EXPECT_EQ(disk.raw[0].path, "mic.sound -> same.audio -> tape");
    EXPECT_EQ(disk.raw[0].what, "sound");
    EXPECT_EQ(disk.raw[0].to, "disk");
    const CheckReport network = report(recorded("rtsp://host/live"));
    ASSERT_EQ(network.raw.size(), 1u);
    EXPECT_EQ(network.raw[0].to, "network");
    for (const char* here : {"", "null:", "window", "pipewire:cam", "/dev/video9"})
        EXPECT_TRUE(report(recorded(here)).raw.empty()) << here;
}

TEST(Report, WhatIsNoPictureAndNoSoundIsNotRaw) {
    EXPECT_TRUE(report("nodes:\n  mic: {use: test.hops}\n  n: {use: test.count}\n"
                       "  u: {use: test.under, in: {frame: n, sound: mic}}\n"
                       "  d: {use: test.drop, in: {number: u}}\n")
                    .raw.empty());
}

TEST(Report, DenyRawMakesItAnErrorWithTheWayAndTheLine) {
    const std::string head = "privacy: {deny_raw: [disk, network]}\n";
    const CheckReport denied = report(recorded("out.wav", head));
    ASSERT_EQ(denied.errors.size(), 1u);
    EXPECT_EQ(denied.errors[0].where.line, 6);
    EXPECT_EQ(denied.errors[0].message,
              "raw sound can reach the file 'out.wav': mic.sound -> same.audio -> tape");
    EXPECT_EQ(denied.errors[0].hint, "'deny_raw' in line 2 forbids it");
    EXPECT_EQ(denied.errors[0].code, Code::Graph);
    EXPECT_TRUE(report(recorded("null:", head)).errors.empty());
    EXPECT_TRUE(report(recorded("out.wav", "privacy: {deny_raw: network}\n")).errors.empty());
    EXPECT_EQ(report(recorded("", "privacy: {deny_raw: clouds}\n")).errors[0].message,
              "deny_raw: 'clouds' is unknown");
}

TEST(Report, TellsWhatEachPairingCosts) {
    const CheckReport costs = report(R"(nodes:
  s: {use: test.count}
  a: {use: test.either, in: {a: s, b: s}}
  b: {use: test.either, in: {a: a, b: s}, sync: {hold: a, max_age: 250ms}}
  c: {use: test.either, in: {a: b, b: s}, sync: nearest}
  d: {use: test.drop, in: {number: c}}
)");
    ASSERT_EQ(costs.pairings.size(), 3u);
    EXPECT_EQ(costs.pairings[0].cost,
              "waits for the slowest input; nothing is ever off by a frame");
    EXPECT_EQ(costs.pairings[1].sync, "hold");
    EXPECT_EQ(costs.pairings[1].cost, "adds no latency; what is held may be up to 250ms old");
    EXPECT_EQ(costs.pairings[2].cost, "adds up to 20ms of latency; off by up to 20ms");
}

TEST(Report, CountsTheItemsThatMayBeInside) {
    // In connections 2 + 5, in firings 2, one before the source.
    EXPECT_EQ(report("nodes:\n  s: {use: test.count}\n  t: {use: test.scale, in: {number: s}}\n"
                     "  d: {use: test.drop, in: {number: {from: t, queue: 5}}}\n")
                  .held.others,
              10);
}

}  // namespace
}  // namespace tarsier::test
