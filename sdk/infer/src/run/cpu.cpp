// SPDX-License-Identifier: Apache-2.0
#include "run/cpu.h"

#include <functional>

namespace tarsier::infer {

// Below this a hand-over to another thread costs more than it saves.
constexpr double kWorthSharing = 500'000;

CpuRunner::CpuRunner(int threads) {
    if (threads > 1) pool_ = std::make_unique<ThreadPool>(threads - 1, "tarsier-infer");
}

void CpuRunner::run(std::span<const Call> calls) {
    for (const Call& call : calls) run(call);
}

void CpuRunner::run(const Call& call) {
    if (!pool_ || call.work < kWorthSharing || call.rows < 2) {
        call.run(call.args, 0, call.rows);
        return;
    }
    // A reference of one pointer fits into std::function without memory of its own.
    const auto part = [&call](std::size_t begin, std::size_t end) {
        call.run(call.args, static_cast<int>(begin), static_cast<int>(end));
    };
    pool_->parallel_for(static_cast<std::size_t>(call.rows), std::ref(part));
}

}  // namespace tarsier::infer
