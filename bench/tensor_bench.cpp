// SPDX-License-Identifier: Apache-2.0
// The tensor kernels, on floats and on levels, on the very cases that the tests check, for every
// instruction set. One thread.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "../tests/kernels/cases.h"
#include "../tests/kernels/cases_i8.h"

namespace {

using tarsier::kernels::Level;
using tarsier::kernels::LevelCase;
using tarsier::kernels::TensorCase;

/// `dst` is what a case writes to.
template <class Case, class Value>
void measure(benchmark::State& state, const Case& test, const Level& level,
             std::vector<Value> dst) {
    const tarsier::kernels::Table table = tarsier::kernels::table_at(level);
    for (auto _ : state) {
        test.run(table, dst.data());
        benchmark::DoNotOptimize(dst.data());
    }
    state.counters["macs"] = benchmark::Counter(test.macs * static_cast<double>(state.iterations()),
                                                benchmark::Counter::kIsRate);
}

template <class Case, class Value>
void add(const Case& test, std::size_t values) {
    if (!test.measured) return;
    for (const Level& level : tarsier::kernels::levels())
        if (level.supported())
            benchmark::RegisterBenchmark(
                (test.name + "/" + level.name).c_str(), [&, values](benchmark::State& state) {
                    measure(state, test, level, std::vector<Value>(values));
                });
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<TensorCase> floats = tarsier::kernels::tensor_cases();
    const std::vector<LevelCase> levels = tarsier::kernels::level_cases();
    for (const TensorCase& test : floats) add<TensorCase, float>(test, test.floats);
    for (const LevelCase& test : levels) add<LevelCase, std::uint8_t>(test, test.bytes);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
