// SPDX-License-Identifier: Apache-2.0
#include "peak.h"

#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <numeric>
#include <thread>

namespace tarsier::peers {
namespace {

using Clock = std::chrono::steady_clock;
using MultiplyAdd = decltype(kernels::Table::multiply_add_f32);

constexpr std::int64_t kRounds = 2000;
constexpr int kTries = 15;
constexpr auto kMeasured = std::chrono::milliseconds(4);

/// Multiply-adds per second of `threads` loops that begin together.
double rate(MultiplyAdd multiply_add, int threads) {
    std::barrier start(threads);
    std::vector<double> rates(static_cast<std::size_t>(threads));
    const auto work = [&](std::size_t thread) {
        start.arrive_and_wait();
        const auto begin = Clock::now();
        std::int64_t macs = 0;
        std::chrono::duration<double> spent{};
        do {
            macs += multiply_add(kRounds);
            spent = Clock::now() - begin;
        } while (spent < kMeasured);
        rates[thread] = static_cast<double>(macs) / spent.count();
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work, static_cast<std::size_t>(i));
    work(0);
    others.clear();
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

/// The best of short tries: the others met other programs.
double best_rate(MultiplyAdd multiply_add, int threads) {
    double best = 0;
    for (int i = 0; i < kTries; ++i) best = std::max(best, rate(multiply_add, threads));
    return best;
}

}  // namespace

std::vector<Peak> core_peaks() {
    std::vector<Peak> peaks;
    MultiplyAdd below = nullptr;
    for (const kernels::Level& level : kernels::levels()) {
        const MultiplyAdd multiply_add = kernels::table_at(level).multiply_add_f32;
        if (multiply_add != below) peaks.push_back({level.name, best_rate(multiply_add, 1) / 1e9});
        below = multiply_add;
    }
    return peaks;
}

double scaling(int threads) {
    const MultiplyAdd multiply_add = kernels::table().multiply_add_f32;
    return best_rate(multiply_add, threads) / best_rate(multiply_add, 1);
}

}  // namespace tarsier::peers
