// SPDX-License-Identifier: Apache-2.0
// The tensor kernels, on the very cases that the tests check, at every level. One thread.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "../tests/kernels/cases.h"

namespace {

using tarsier::kernels::Level;
using tarsier::kernels::TensorCase;

void measure(benchmark::State& state, const TensorCase& test, const Level& level) {
    const tarsier::kernels::Table table = tarsier::kernels::table_at(level);
    std::vector<float> dst(test.floats);
    for (auto _ : state) {
        test.run(table, dst.data());
        benchmark::DoNotOptimize(dst.data());
    }
    state.counters["macs"] = benchmark::Counter(test.macs * static_cast<double>(state.iterations()),
                                                benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<TensorCase> cases = tarsier::kernels::tensor_cases();
    for (const Level& level : tarsier::kernels::levels()) {
        if (!level.supported()) continue;
        for (const TensorCase& test : cases)
            if (test.measured)
                benchmark::RegisterBenchmark((test.name + "/" + level.name).c_str(), measure, test,
                                             level);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
}
