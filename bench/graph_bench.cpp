// SPDX-License-Identifier: Apache-2.0
// What the engine costs per firing: nodes that do nothing, so that everything measured is the
// engine's.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <tarsier/graph/graph.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

namespace {

std::atomic<std::int64_t> allocations = 0;

}  // namespace

// Counts what the process allocates, to show what a firing costs there.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tarsier {
namespace {

struct Token {
    static constexpr const char* kTypeName = "Token";
};

// One payload for all: what a node allocates is not the engine's.
const std::shared_ptr<const Token>& token() {
    static const auto shared = std::make_shared<const Token>();
    return shared;
}

struct Source : Node {
    Out<Token> out{this, "out", "tokens"};
    Option<int> count{this, "count", 1, "how many"};
    Status process() override {
        if (++sent_ >= *count) finish();
        return out.send(token());
    }

  private:
    int sent_ = 0;
};
struct Pass : Node {
    In<Token> in{this, "in", "tokens"};
    Out<Token> out{this, "out", "tokens"};
    Status process() override { return out.send(in.share()); }
};
struct Join : Node {
    In<Token> a{this, "a", "tokens"};
    In<Token> b{this, "b", "tokens"};
    Out<Token> out{this, "out", "tokens"};
    Status process() override { return out.send(a.share()); }
};
struct Sink : Node {
    In<Token> in{this, "in", "tokens"};
    Status process() override { return Ok{}; }
};
// The same on threads of their own.
struct OwnPass final : Pass {
    static constexpr bool kBlocking = true;
};

TARSIER_NODE(Source, "bench.source", "Sends tokens.");
TARSIER_NODE(Pass, "bench.pass", "Passes tokens on.");
TARSIER_NODE(OwnPass, "bench.own_pass", "Passes tokens on, on a thread of its own.");
TARSIER_NODE(Join, "bench.join", "Pairs tokens.");
TARSIER_NODE(Sink, "bench.sink", "Takes tokens.");

constexpr const NodeClass* kTable[] = {&Source_class, &Pass_class, &OwnPass_class, &Join_class,
                                       &Sink_class};
constexpr Registry kRegistry{kTable};

constexpr int kItems = 20'000;

/// Runs a graph once per iteration; reports time and allocations per firing.
void run(benchmark::State& state, const std::string& nodes, int firings_per_item) {
    GraphOptions options;
    options.threads = static_cast<int>(state.range(0));
    ManualClock clock;
    options.clock = &clock;
    std::int64_t allocated = 0;
    const std::string text = fmt::format(
        "tarsier: 1\nnodes:\n  s: {{use: bench.source, with: {{count: {}}}}}\n{}", kItems, nodes);
    for (auto _ : state) {
        state.PauseTiming();
        Result<Graph> graph = Graph::parse(text, "bench", {}, options, kRegistry);
        if (!graph) return state.SkipWithError(graph.error().message.c_str());
        const std::int64_t before = allocations;
        state.ResumeTiming();
        (void)graph->start();
        (void)graph->wait();
        state.PauseTiming();
        allocated += allocations - before;
        (void)graph->stop();
        state.ResumeTiming();
    }
    const double firings = static_cast<double>(state.iterations()) * kItems * firings_per_item;
    state.counters["per_firing"] =
        benchmark::Counter(firings, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["allocations"] = static_cast<double>(allocated) / firings;
}

void chain(benchmark::State& state) {
    std::string nodes, last = "s";
    for (int i = 0; i < 8; ++i) {
        nodes += fmt::format("  p{}: {{use: bench.pass, in: {{in: {}}}}}\n", i, last);
        last = fmt::format("p{}", i);
    }
    run(state, nodes + fmt::format("  k: {{use: bench.sink, in: {{in: {}}}}}\n", last), 10);
}

void diamond(benchmark::State& state) {
    run(state,
        "  a: {use: bench.pass, in: {in: s}}\n  b: {use: bench.pass, in: {in: s}}\n"
        "  j: {use: bench.join, in: {a: a, b: b}}\n  k: {use: bench.sink, in: {in: j}}\n",
        5);
}

/// Every item changes threads four times.
void across_threads(benchmark::State& state) {
    run(state,
        "  a: {use: bench.own_pass, in: {in: s}}\n  b: {use: bench.own_pass, in: {in: a}}\n"
        "  k: {use: bench.sink, in: {in: b}}\n",
        4);
}

BENCHMARK(chain)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(diamond)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(across_threads)->Arg(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tarsier

BENCHMARK_MAIN();
