// SPDX-License-Identifier: Apache-2.0
// The kernels on levels, on the very cases that the tests check, at every level. One thread.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "../tests/kernels/cases_i8.h"

namespace {

using tarsier::kernels::Level;
using tarsier::kernels::LevelCase;

void measure(benchmark::State& state, const LevelCase& test, const Level* level) {
    const tarsier::kernels::Table table = tarsier::kernels::table_at(*level);
    std::vector<std::uint8_t> dst(test.bytes);
    for (auto _ : state) {
        test.run(table, dst.data());
        benchmark::DoNotOptimize(dst.data());
    }
    state.counters["macs"] = benchmark::Counter(test.macs * static_cast<double>(state.iterations()),
                                                benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<LevelCase> cases = tarsier::kernels::level_cases();
    for (const Level& level : tarsier::kernels::levels()) {
        if (!level.supported()) continue;
        for (const LevelCase& test : cases)
            if (test.measured)
                benchmark::RegisterBenchmark((test.name + "/" + level.name).c_str(), measure, test,
                                             &level);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
