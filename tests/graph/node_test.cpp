// SPDX-License-Identifier: Apache-2.0
// Nodes and ports by themselves, and the harness that other tests use.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "run_node.h"
#include "test_nodes.h"

namespace fs = std::filesystem;

namespace tarsier::test {
namespace {

using testing::make_node;
using testing::payload;
using testing::run_node;

TEST(Node, IsFiredByTheHarness) {
    const auto out =
        run_node("test.scale", {{"factor", 3}}, {{"number", payload(Number{14})}}, test_registry());
    ASSERT_TRUE(out.ok()) << out.status.error().to_string();
    EXPECT_EQ(out.get<Number>("scaled")->value, 42);
    EXPECT_EQ(out["scaled"].as<Word>(), nullptr);
}

TEST(Node, IsSilentWhereItSendsNothing) {
    const auto out = run_node("test.even", {}, {{"number", payload(Number{3})}}, test_registry());
    EXPECT_TRUE(out.ok());
    EXPECT_FALSE(out.has("even"));
}

TEST(Node, RefusesWrongOptionsInTheHarness) {
    EXPECT_ERROR(make_node("test.scale", {{"factor", 1001}}, test_registry()), Code::Invalid,
                 "factor");
    EXPECT_ERROR(make_node("test.scale", {{"size", 1}}, test_registry()), Code::Usage, "size");
    EXPECT_ERROR(make_node("test.scales", {}, test_registry()), Code::Usage, "test.scales");
}

TEST(Node, MissesItsInputsInTheHarness) {
    EXPECT_FALSE(run_node("test.scale", {}, {}, test_registry()).ok());
    EXPECT_FALSE(
        run_node("test.scale", {}, {{"number", payload(Word{"x"})}}, test_registry()).ok());
}

struct Twice final : Node {
    Out<Number> number{this, "number", "once only"};
    Status process() override {
        TARSIER_CHECK(number.send(Number{1}));
        return number.send(Number{2});
    }
};

TEST(Node, MaySendOnlyOncePerFiring) {
    Twice twice;
    EXPECT_ERROR(twice.process(), Code::Internal, "twice");
}

TEST(Registry, HoldsTheEnginesOwnNodesToo) {
    EXPECT_NE(test_registry().find("source.app"), nullptr);
    EXPECT_NE(test_registry().find("test.count"), nullptr);
    EXPECT_EQ(test_registry().find("test.nothing"), nullptr);
    const auto all = test_registry().all();
    EXPECT_TRUE(std::ranges::is_sorted(all, {}, &NodeClass::name));
    EXPECT_EQ(all.front()->name, "audio.resync");
}

TEST(NodeContext, FindsFilesBesideTheGraphFirst) {
    const fs::path folder = fs::path(::testing::TempDir()) / "context";
    fs::create_directories(folder);
    std::ofstream(folder / "picture.png") << "x";
    NodeContext context;
    context.graph_dir = folder;
    EXPECT_EQ(*context.find_input("picture.png"), folder / "picture.png");
    EXPECT_EQ(*context.find_input((folder / "picture.png").string()), folder / "picture.png");
    const auto missing = context.find_input("nothing.png");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Code::NotFound);
    EXPECT_NE(missing.error().hint.find((folder / "nothing.png").string()), std::string::npos);
}

TEST(Packet, KeysAreOrderedByEpochFirst) {
    EXPECT_LT((Key{0, 100}), (Key{1, 0}));
    EXPECT_LT((Key{1, 0}), (Key{1, 1}));
}

TEST(Packet, GapReasonsHaveNames) {
    EXPECT_EQ(gap_reason_name(GapReason::NoResult), "no_result");
    EXPECT_EQ(gap_reason_name(GapReason::SourceLost), "source_lost");
}

}  // namespace
}  // namespace tarsier::test
