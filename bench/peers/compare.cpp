// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "peak.h"

namespace tarsier::peers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kRest = std::chrono::milliseconds(20);  ///< for spinning threads to park

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One engine with a network in one precision; `times` are the medians of its turns in
/// microseconds.
struct Contestant {
    const Network* network;
    std::string engine;
    std::unique_ptr<Runner> runner;
    std::vector<double> times;
    double difference = 0;  ///< of its outputs from those of the first
};

Status take_turn(Contestant& contestant, const Turns& turns) {
    std::this_thread::sleep_for(kRest);
    const auto warm = Clock::now();
    do TARSIER_CHECK(contestant.runner->run());
    while (seconds_since(warm) < turns.warm_seconds);
    std::vector<double> times;
    const auto start = Clock::now();
    while (seconds_since(start) < turns.seconds || times.size() < 3) {
        const auto before = Clock::now();
        TARSIER_CHECK(contestant.runner->run());
        times.push_back(seconds_since(before) * 1e6);
    }
    contestant.times.push_back(median(std::move(times)));
    return Ok{};
}

/// The largest difference of two outputs, relative to the largest value; infinite for outputs of
/// different lengths and for values that are no numbers.
double difference(const std::vector<float>& a, const std::vector<float>& b) {
    if (a.empty() || a.size() != b.size()) return INFINITY;
    double largest = 0;
    double scale = 1e-6;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double apart = std::abs(double{a[i]} - b[i]);
        if (!std::isfinite(apart)) return INFINITY;
        largest = std::max(largest, apart);
        scale = std::max(scale, std::abs(double{b[i]}));
    }
    return largest / scale;
}

/// Engines that ran the network once, with what came out compared: states are still those of the
/// beginning.
std::vector<Contestant> load(const std::vector<Engine>& engines, const Network& network,
                             int threads) {
    std::vector<const Network*> forms = {&network};
    for (const Network& other : network.others) forms.push_back(&other);
    std::vector<Contestant> contestants;
    for (const Network* form : forms)
        for (const Engine& engine : engines) {
            if (!engine.can_load(*form)) continue;
            auto runner = engine.load(*form, threads);
            const Status status = runner ? (*runner)->run() : Status(runner.error());
            if (status)
                contestants.push_back({form, engine.name, std::move(*runner), {}, 0});
            else
                print_skipped(form->name + " in " + form->precision + " on " + engine.name,
                              status.error());
        }
    for (std::size_t i = 0; i < network.outputs.size() && !contestants.empty(); ++i) {
        const std::vector<float> first = contestants[0].runner->output(i);
        for (Contestant& other : contestants)
            other.difference =
                std::max(other.difference, difference(other.runner->output(i), first));
    }
    return contestants;
}

}  // namespace

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

void print_skipped(const std::string& what, const Error& error) {
    const std::string text = error.to_string();
    fmt::print(stderr, "{}: SKIPPED: {}\n", what, text.substr(0, text.find('\n')));
}

std::vector<Row> compare(const std::vector<Engine>& engines, const Network& network, int threads,
                         const Turns& turns) {
    std::vector<Contestant> contestants = load(engines, network, threads);
    std::vector<double> scalings;
    for (int round = 0; round < turns.rounds; ++round) {
        for (Contestant& contestant : contestants)
            if (auto status = take_turn(contestant, turns); !status) {
                print_skipped(network.name + " on " + contestant.engine, status.error());
                return {};
            }
        if (threads > 1) scalings.push_back(scaling(threads));
    }
    double ort = 0;
    for (const Contestant& contestant : contestants)
        if (contestant.engine == "onnxruntime" && contestant.network == &network)
            ort = median(contestant.times);
    std::vector<Row> rows;
    for (const Contestant& contestant : contestants) {
        Row row;
        row.network = network.name;
        row.precision = contestant.network->precision;
        row.threads = threads;
        row.engine = contestant.engine;
        row.median_us = median(contestant.times);
        row.ratio_to_ort_fp32 = ort > 0 ? row.median_us / ort : 0;
        row.difference = contestant.difference;
        row.gmacs = network.macs() / row.median_us / 1e3;
        row.scaling = scalings.empty() ? 0 : median(scalings);
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace tarsier::peers
