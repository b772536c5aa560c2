// SPDX-License-Identifier: Apache-2.0
#include "run/cpu.h"

namespace tarsier::infer {
namespace {

// Below this, some two microseconds, a hand-over to another thread costs more than it saves.
constexpr double kWorthSharing = 100'000;
// Below this, some two hundred, waking it does.
constexpr double kWorthWaking = 10'000'000;

bool worth_sharing(const Call& call) { return call.work >= kWorthSharing && call.rows > 1; }

}  // namespace

CpuRunner::CpuRunner(const Plan& plan, int threads) : plan_(plan) {
    double shared = 0;
    for (const Call& call : plan.calls)
        if (worth_sharing(call)) shared += call.work;
    if (threads > 1 && shared >= kWorthWaking) team_ = std::make_unique<Team>(threads - 1);
}

void CpuRunner::run_call(const Call& call) {
    if (worth_sharing(call))
        team_->run(call);
    else
        call.run(call.args, 0, call.rows);
}

}  // namespace tarsier::infer
