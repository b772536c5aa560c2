// SPDX-License-Identifier: Apache-2.0
#include "run/cpu.h"

namespace tarsier::infer {
namespace {

// Below this, some two microseconds, a hand-over to another thread costs more than it saves.
constexpr double kWorthSharing = 100'000;
// Below this, some two hundred, waking it does.
constexpr double kWorthWaking = 10'000'000;

double work(const Call& call, const Run& run) {
    return call.rows > 0 ? call.work * (run.end - run.begin) / call.rows : 0;
}

}  // namespace

CpuRunner::CpuRunner(const Plan& plan, int threads) : plan_(plan) {
    double shared = 0;
    for (const Run& run : plan.runs) {
        const Call& call = plan.calls[static_cast<std::size_t>(run.call)];
        if (worth_sharing(call, run)) shared += work(call, run);
    }
    if (threads > 1 && shared >= kWorthWaking) team_ = std::make_unique<Team>(threads - 1);
}

bool CpuRunner::worth_sharing(const Call& call, const Run& run) {
    return run.end - run.begin > 1 && work(call, run) >= kWorthSharing;
}

}  // namespace tarsier::infer
