// SPDX-License-Identifier: Apache-2.0
#include "cold.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "compare.h"
#include "onnx_file.h"

namespace tarsier::peers {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr double kWarmSeconds = 0.1;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A line of /proc/self/status in KiB.
double status_kib(const std::string& key) {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);)
        if (line.rfind(key + ":", 0) == 0)
            return std::strtod(line.c_str() + key.size() + 1, nullptr);
    return 0;
}

/// Gives back what was freed, begins a new peak, and returns what is resident now.
double start_peak() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5;
    return status_kib("VmRSS");
}

/// What a fresh process needs to know of a network without reading ONNX.
std::string task_of(const Network& network) {
    json inputs = json::array();
    for (const Input& input : network.inputs) inputs.push_back({input.name, input.dims});
    return json({{"onnx", network.onnx.string()},
                 {"tsr", network.tsr.string()},
                 {"inputs", inputs},
                 {"outputs", network.outputs}})
        .dump();
}

Result<Network> network_of(const std::string& text, bool with_graph) {
    const json task = json::parse(text);
    Network network;
    network.onnx = task["onnx"].get<std::string>();
    network.name = network.onnx.stem().string();
    network.tsr = task["tsr"].get<std::string>();
    network.outputs = task["outputs"].get<std::vector<std::string>>();
    for (const json& input : task["inputs"])
        network.inputs.push_back({input[0], input[1].get<std::vector<std::int64_t>>(), {}});
    fill_inputs(network);
    if (with_graph) {
        TARSIER_TRY(auto graph, infer::convert::read_onnx(network.onnx));
        network.graph = std::make_shared<const infer::convert::Graph>(std::move(graph));
    }
    return network;
}

Result<ColdRow> measure(const Engine& engine, const Network& network) {
    ColdRow row;
    const double before = start_peak();
    const auto start = Clock::now();
    TARSIER_TRY(const std::unique_ptr<Runner> runner, engine.load(network, 1));
    row.ready_ms = milliseconds_since(start);
    TARSIER_CHECK(runner->run());
    row.first_ms = milliseconds_since(start);
    row.peak_kib = status_kib("VmHWM") - before;
    std::vector<double> times;
    for (const auto warm = Clock::now(); milliseconds_since(warm) < kWarmSeconds * 1e3;) {
        const auto turn = Clock::now();
        TARSIER_CHECK(runner->run());
        times.push_back(milliseconds_since(turn));
    }
    row.warm_ms = median(std::move(times));
    return row;
}

/// What a process of its own measures; empty where it failed and said why.
std::optional<ColdRow> measure_apart(const Engine& engine, const std::string& task) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return std::nullopt;
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::execl("/proc/self/exe", "peers", "--cold-process", engine.name.c_str(), task.c_str(),
                nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    std::array<char, 256> text{};
    const ssize_t length = ::read(ends[0], text.data(), text.size() - 1);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    ColdRow row;
    if (length <= 0 || std::sscanf(text.data(), "%lf %lf %lf %lf", &row.ready_ms, &row.first_ms,
                                   &row.warm_ms, &row.peak_kib) != 4)
        return std::nullopt;
    return row;
}

}  // namespace

int cold_process(const Engine& engine, const std::string& task) {
    const auto network = network_of(task, engine.from_graph);
    const auto row = network ? measure(engine, *network) : network.error();
    if (!row) {
        print_skipped("a cold start of " + engine.name, row.error());
        return exit_code(row.error().code);
    }
    fmt::print("{} {} {} {}\n", row->ready_ms, row->first_ms, row->warm_ms, row->peak_kib);
    return 0;
}

std::vector<ColdRow> measure_cold(const std::vector<Engine>& engines, const Network& network,
                                  int rounds) {
    std::vector<std::vector<ColdRow>> found(engines.size());
    const std::string task = task_of(network);
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < engines.size(); ++i)
            if (engines[i].can_load(network))
                if (const auto row = measure_apart(engines[i], task)) found[i].push_back(*row);
    std::vector<ColdRow> rows;
    for (std::size_t i = 0; i < engines.size(); ++i) {
        if (found[i].empty()) continue;
        const auto middle = [&](double ColdRow::*member) {
            std::vector<double> values;
            for (const ColdRow& row : found[i]) values.push_back(row.*member);
            return median(std::move(values));
        };
        rows.push_back({network.name, network.precision, engines[i].name,
                        middle(&ColdRow::ready_ms), middle(&ColdRow::first_ms),
                        middle(&ColdRow::warm_ms), middle(&ColdRow::peak_kib)});
    }
    return rows;
}

}  // namespace tarsier::peers
