// SPDX-License-Identifier: Apache-2.0
#include "peak.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <numeric>
#include <thread>

#if defined(__x86_64__)
#define TARSIER_VECTOR "v"  // the constraint of a vector register
#elif defined(__aarch64__)
#define TARSIER_VECTOR "w"
#endif

namespace tarsier::peers {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 2000;
constexpr int kTries = 15;
constexpr auto kMeasured = std::chrono::milliseconds(4);

#ifdef TARSIER_VECTOR
#define TARSIER_ANY(value) "+" TARSIER_VECTOR(value)
/// Rounds of twelve independent multiply-adds, more than hide the latency of two units. Always
/// inlined, so that it gets the instructions of the function around it.
template <class V>
__attribute__((always_inline)) inline void multiply_add() {
    V a{}, b{}, c0{}, c1{}, c2{}, c3{}, c4{}, c5{}, c6{}, c7{}, c8{}, c9{}, c10{}, c11{};
    // For all that the compiler may know, their values differ.
    asm("" : TARSIER_ANY(c0), TARSIER_ANY(c1), TARSIER_ANY(c2), TARSIER_ANY(c3), TARSIER_ANY(c4));
    asm("" : TARSIER_ANY(c5), TARSIER_ANY(c6), TARSIER_ANY(c7), TARSIER_ANY(c8), TARSIER_ANY(c9));
    asm("" : TARSIER_ANY(c10), TARSIER_ANY(c11));
    for (int i = 0; i < kRounds; ++i) {
        c0 += a * b, c1 += a * b, c2 += a * b, c3 += a * b, c4 += a * b, c5 += a * b;
        c6 += a * b, c7 += a * b, c8 += a * b, c9 += a * b, c10 += a * b, c11 += a * b;
        asm volatile("" : TARSIER_ANY(a), TARSIER_ANY(b));
    }
    const V sum = c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
    asm volatile("" : : TARSIER_VECTOR(sum));
}
#endif

typedef float Vector16 __attribute__((vector_size(16)));
typedef float Vector32 __attribute__((vector_size(32)));
typedef float Vector64 __attribute__((vector_size(64)));

struct Loop {
    const char* level;
    int lanes;
    void (*run)();

    double macs() const { return 12.0 * kRounds * lanes; }
};

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void loop32() { multiply_add<Vector32>(); }
__attribute__((target("avx512f"))) void loop64() { multiply_add<Vector64>(); }
#elif defined(__aarch64__)
void loop16() { multiply_add<Vector16>(); }
#endif

std::vector<Loop> loops() {
    std::vector<Loop> found;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("fma")) found.push_back({"avx2", 8, loop32});
    if (__builtin_cpu_supports("avx512f")) found.push_back({"avx512", 16, loop64});
#elif defined(__aarch64__)
    found.push_back({"neon", 4, loop16});
#endif
    return found;
}

/// Multiply-adds per second of `threads` loops that begin together.
double rate(const Loop& loop, int threads) {
    std::barrier start(threads);
    std::vector<double> rates(static_cast<std::size_t>(threads));
    const auto work = [&](std::size_t thread) {
        start.arrive_and_wait();
        const auto begin = Clock::now();
        double macs = 0;
        std::chrono::duration<double> spent{};
        do {
            loop.run();
            macs += loop.macs();
            spent = Clock::now() - begin;
        } while (spent < kMeasured);
        rates[thread] = macs / spent.count();
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work, static_cast<std::size_t>(i));
    work(0);
    others.clear();
    return std::accumulate(rates.begin(), rates.end(), 0.0);
}

/// The best of short tries: the others met other programs.
double best_rate(const Loop& loop, int threads) {
    double best = 0;
    for (int i = 0; i < kTries; ++i) best = std::max(best, rate(loop, threads));
    return best;
}

}  // namespace

std::vector<Peak> core_peaks() {
    std::vector<Peak> peaks;
    for (const Loop& loop : loops()) peaks.push_back({loop.level, best_rate(loop, 1) / 1e9});
    return peaks;
}

double scaling(int threads) {
    const std::vector<Loop> all = loops();
    if (all.empty()) return 0;
    return best_rate(all.back(), threads) / best_rate(all.back(), 1);
}

}  // namespace tarsier::peers
