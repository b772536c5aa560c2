// SPDX-License-Identifier: Apache-2.0
#include <tarsier/media/event.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "media_clip.h"

namespace tarsier::testing {
namespace {

Status start_error(std::string_view name, const Options& options) {
    return NodeRunner(name, options).status();
}

std::vector<nlohmann::json> lines_of(const std::string& file) {
    std::ifstream in(file);
    std::vector<nlohmann::json> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
}

Payloads said(const std::string& word) {
    return {{"events", payload(Events{{{"keyword", word, 0.5F, kSecond}}})}};
}

TEST(JsonlSink, WritesALineForEachEventAtOnce) {
    const TempFolder folder;
    NodeRunner node("sink.jsonl", {{"to", folder / "out.jsonl"}});
    ASSERT_TRUE(node.fire(said("a \"word\"\n"), Key{2, 3 * kSecond / 2}).ok());
    const auto lines = lines_of(folder / "out.jsonl");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0]["version"], 1);
    EXPECT_EQ(lines[0]["kind"], "keyword");
    EXPECT_EQ(lines[0]["label"], "a \"word\"\n");
    EXPECT_EQ(lines[0]["score"], 0.5);
    EXPECT_EQ(lines[0]["time"], 1.5);
    EXPECT_EQ(lines[0]["since"], 1.0);
    EXPECT_EQ(lines[0]["epoch"], 2);
    EXPECT_EQ(lines[0]["wall"].get<std::string>().size(), 24u);
}

TEST(JsonlSink, OverwritesOrGoesOn) {
    const TempFolder folder;
    for (const bool append : {false, false, true}) {
        NodeRunner node("sink.jsonl", {{"to", folder / "out.jsonl"}, {"append", append}});
        ASSERT_TRUE(node.fire(said("word")).ok());
    }
    EXPECT_EQ(lines_of(folder / "out.jsonl").size(), 2u);
}

TEST(JsonlSink, SaysWhenItCannotWrite) {
    const TempFolder folder;
    EXPECT_ERROR(start_error("sink.jsonl", {{"to", folder / "none/out.jsonl"}}), Code::NotFound,
                 "out.jsonl");
    NodeRunner full("sink.jsonl", {{"to", "/dev/full"}});
    EXPECT_ERROR(full.fire(said("word")).status, Code::Exhausted, "/dev/full");
}

}  // namespace
}  // namespace tarsier::testing
