// SPDX-License-Identifier: Apache-2.0
// peers [--json FILE] [--svg FILE] [--threads 1,2] [--rounds N] MODEL.onnx...: our networks beside
// other engines, in one process, taking turns, so that all meet the same moods of the machine.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine.h"
#include "report.h"

namespace tarsier::peers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kTurnSeconds = 0.12;  ///< of measured calls in one engine's turn
constexpr double kWarmSeconds = 0.04;
constexpr auto kRest = std::chrono::milliseconds(20);  ///< for spinning threads to park

struct Options {
    std::string json, svg;
    std::vector<int> threads = {1, 2};
    int rounds = 7;
    std::vector<std::string> models;
};

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One engine with one network; `times` are the medians of its turns in microseconds.
struct Contestant {
    std::string engine;
    std::unique_ptr<Runner> runner;
    std::vector<double> times;
};

Status take_turn(Contestant& contestant) {
    std::this_thread::sleep_for(kRest);
    const auto warm = Clock::now();
    do TARSIER_CHECK(contestant.runner->run());
    while (seconds_since(warm) < kWarmSeconds);
    std::vector<double> times;
    const auto start = Clock::now();
    while (seconds_since(start) < kTurnSeconds || times.size() < 3) {
        const auto before = Clock::now();
        TARSIER_CHECK(contestant.runner->run());
        times.push_back(seconds_since(before) * 1e6);
    }
    contestant.times.push_back(median(std::move(times)));
    return Ok{};
}

/// The largest difference of two outputs, relative to the largest value.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
    double largest = 0, scale = 1e-6;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        largest = std::max(largest, std::abs(double{a[i]} - b[i]));
        scale = std::max(scale, std::abs(double{b[i]}));
    }
    return a.size() == b.size() ? largest / scale : INFINITY;
}

void skipped(const std::string& what, const Error& error) {
    const std::string text = error.to_string();
    fmt::print(stderr, "{}: SKIPPED: {}\n", what, text.substr(0, text.find('\n')));
}

std::vector<Contestant> load(const std::vector<Engine>& engines, const Network& network,
                             int threads) {
    std::vector<Contestant> contestants;
    for (const Engine& engine : engines) {
        auto runner = engine.load(network, threads);
        Status status = runner ? (*runner)->run() : Status(runner.error());
        if (status)
            contestants.push_back({engine.name, std::move(*runner), {}});
        else
            skipped(network.name + " on " + engine.name, status.error());
    }
    if (contestants.empty()) return contestants;
    const std::vector<float> first = contestants[0].runner->first_output();
    for (Contestant& other : contestants) {
        const double apart = difference(other.runner->first_output(), first);
        if (!(apart < 1e-3))
            fmt::print(stderr, "{} on {}: its results are not those of {} ({:.2g} apart)\n",
                       network.name, other.engine, contestants[0].engine, apart);
    }
    return contestants;
}

void compare(const std::vector<Engine>& engines, const Network& network, int threads,
             const Options& options, std::vector<Row>& rows) {
    std::vector<Contestant> contestants = load(engines, network, threads);
    for (int round = 0; round < options.rounds; ++round)
        for (Contestant& contestant : contestants)
            if (auto status = take_turn(contestant); !status)
                return skipped(network.name + " on " + contestant.engine, status.error());
    double ort = 0;
    for (const Contestant& contestant : contestants)
        if (contestant.engine == "onnxruntime") ort = median(contestant.times);
    for (const Contestant& contestant : contestants) {
        const double time = median(contestant.times);
        rows.push_back({network.name, threads, contestant.engine, time, ort > 0 ? time / ort : 0});
        fmt::print("{:<28}{:>8}  {:<12}{:>11.1f}{:>9}\n", network.name, threads, contestant.engine,
                   time, ort > 0 ? fmt::format("{:.3f}", time / ort) : "-");
    }
    std::fflush(stdout);
}

void write(const std::string& file, const std::string& text) {
    if (!file.empty() && !(std::ofstream(file) << text))
        fmt::print(stderr, "{}: cannot write\n", file);
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const bool option = word.rfind("--", 0) == 0;
        if (!option)
            options.models.push_back(word);
        else if (++i == argc)
            return false;
        else if (word == "--json")
            options.json = argv[i];
        else if (word == "--svg")
            options.svg = argv[i];
        else if (word == "--rounds")
            options.rounds = std::max(1, std::atoi(argv[i]));
        else if (word == "--threads")
            options.threads = {std::max(1, std::atoi(argv[i]))};
        else
            return false;
    }
    return !options.models.empty();
}

int run(const Options& options) {
    const std::string described = machine();
    fmt::print("machine: {}\n", described);
    fmt::print(
        "settings: fp32, batch 1, {} rounds of {:.2f} s for each engine in turn after {:.2f} s of "
        "warm-up,\n"
        "  the copy of inputs included, medians of medians\n",
        options.rounds, kTurnSeconds, kWarmSeconds);
    std::vector<Engine> engines;
    for (auto* make : {tarsier_engine, onnxruntime_engine, opencv_engine}) {
        auto engine = make();
        if (!engine) {
            skipped("an engine", engine.error());
            continue;
        }
        fmt::print("engine {}: {}\n", engine->name, engine->settings);
        engines.push_back(std::move(*engine));
    }
    fmt::print("engine xnnpack: SKIPPED: Debian's reads no model files\n");
    fmt::print("\n{:<28}{:>8}  {:<12}{:>11}{:>9}\n", "network", "threads", "engine", "median us",
               "to ort");
    std::vector<Row> rows;
    for (const int threads : options.threads)
        for (const std::string& model : options.models) {
            const auto network = read_network(model);
            if (network)
                compare(engines, *network, threads, options, rows);
            else
                skipped(model, network.error());
        }
    write(options.json, to_json(rows));
    write(options.svg, to_svg(rows, described));
    return rows.empty() ? 1 : 0;
}

}  // namespace
}  // namespace tarsier::peers

int main(int argc, char** argv) {
    tarsier::peers::Options options;
    if (tarsier::peers::parse(argc, argv, options)) return tarsier::peers::run(options);
    fmt::print(
        stderr,
        "usage: peers [--json FILE] [--svg FILE] [--threads N] [--rounds N] MODEL.onnx...\n");
    return 2;
}
