// SPDX-License-Identifier: Apache-2.0
// Graphs as data: every YAML file beside this one is a test. README.md says how to write one.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <tarsier/graph/graph.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/checksum.h"

namespace fs = std::filesystem;

namespace tarsier {
namespace {

const fs::path kRoot = fs::path(TARSIER_SOURCE_DIR).lexically_normal();
const fs::path kFolder = kRoot / "tests/graphs";

/// What a graph came to.
struct Outcome {
    int exit = 0;
    std::string sha256;               ///< of everything at the sinks, when exit is 0
    std::vector<std::string> errors;  ///< one text each
    bool operator==(const Outcome&) const = default;
};

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

/// A test file in parts: what stands before `expect:`, the graph, and the rest as YAML.
struct DataTest {
    std::string name;
    std::string head;  ///< the file up to `expect:`
    std::string
        graph;  ///< a path, or the graph itself at the lines and columns that it has in the file
    bool is_path = false;
    Params params;
    Outcome expected;
};

/// Nothing but the lines under `graph:`, each where it was, so that errors name places in the test
/// file.
void read_graph(const std::string& text, DataTest& test) {
    std::istringstream lines(text);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        const bool top = !line.empty() && line[0] != ' ' && line[0] != '#';
        if (top) {
            inside = line.starts_with("graph:");
            const std::size_t value = line.find_first_not_of(" |", 6);
            if (inside && value != std::string::npos) {
                test.graph = line.substr(value);
                test.is_path = true;
                return;
            }
        }
        test.graph += inside && !top ? line + "\n" : "\n";
    }
}

DataTest read_test(const fs::path& file, const fs::path& scratch) {
    std::ifstream in(file);
    std::stringstream buffer;
    buffer << in.rdbuf();
    const std::string text = buffer.str();
    DataTest test;
    test.name = file.filename();
    const std::size_t head = text.find("\nexpect:");
    test.head = head == std::string::npos ? text : text.substr(0, head + 1);
    read_graph(text, test);
    const YAML::Node yaml = YAML::Load(text);
    for (const auto& param : yaml["params"])
        test.params[param.first.Scalar()] =
            replace_all(param.second.Scalar(), "$TMP", scratch.string());
    const YAML::Node expect = yaml["expect"];
    if (!expect) return test;
    test.expected.exit = expect["exit"].as<int>(0);
    test.expected.sha256 = expect["sha256"].as<std::string>("");
    for (const auto& error : expect["errors"]) test.expected.errors.push_back(error.Scalar());
    return test;
}

Outcome failure(Error error, const fs::path& scratch) {
    Outcome outcome;
    outcome.exit = exit_code(error.code);
    std::vector<Error> others = std::move(error.others);
    error.others.clear();
    others.insert(others.begin(), std::move(error));
    for (const Error& one : others) {
        // What differs from machine to machine gets a name.
        std::string text = replace_all(one.to_string(), scratch.string(), "$TMP");
        text = replace_all(text, kRoot.string(), "$ROOT/");
        outcome.errors.push_back(replace_all(text, "$ROOT//", "$ROOT/"));
    }
    return outcome;
}

Outcome run(const DataTest& test, int threads, const fs::path& scratch) {
    GraphOptions options;
    options.threads = threads;
    options.headless = true;
    Result<Graph> graph = test.is_path ? Graph::load(kFolder / test.graph, test.params, options)
                                       : Graph::parse(test.graph, test.name, test.params, options);
    if (!graph) return failure(graph.error(), scratch);
    apps::Checksum sum;
    graph->on_sink_packet([&](std::string_view node, std::string_view port, const Packet& packet) {
        sum.add(node, port, packet);
    });
    if (const Status started = graph->start(); !started) return failure(started.error(), scratch);
    if (const Status ended = graph->wait(); !ended) return failure(ended.error(), scratch);
    return {0, sum.hex(), {}};
}

std::string to_yaml(const Outcome& outcome) {
    if (outcome.exit == 0) return fmt::format("expect: {{sha256: {}}}\n", outcome.sha256);
    std::string text = fmt::format("expect:\n  exit: {}\n  errors:\n", outcome.exit);
    for (const std::string& error : outcome.errors)
        text += "    - |-\n      " + replace_all(error, "\n", "\n      ") + "\n";
    return text;
}

class Graphs : public ::testing::TestWithParam<std::string> {};

TEST_P(Graphs, ComeToWhatTheFileExpects) {
    const fs::path file = kFolder / (GetParam() + ".yaml");
    const fs::path scratch = fs::path(::testing::TempDir()) / ("graphs_" + GetParam());
    fs::remove_all(scratch);
    fs::create_directories(scratch);
    fs::current_path(kFolder);
    const DataTest test = read_test(file, scratch);
    const Outcome one = run(test, 1, scratch);
    const Outcome four = run(test, 4, scratch);
    fs::current_path(kRoot);
    fs::remove_all(scratch);
    EXPECT_EQ(to_yaml(one), to_yaml(four)) << "one thread and four differ";
    if (std::getenv("TARSIER_ACCEPT")) {
        std::ofstream(file) << test.head << to_yaml(one);
        return;
    }
    EXPECT_EQ(to_yaml(test.expected), to_yaml(one)) << "accept with: ./dev test graphs --accept";
}

std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kFolder))
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
    std::ranges::sort(names);
    return names;
}

INSTANTIATE_TEST_SUITE_P(Data, Graphs, ::testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace tarsier
