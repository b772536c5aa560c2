// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "plan/plan.h"
#include "run/team.h"

namespace tarsier::infer {

/// Runs a plan: in bands of rows alone, or call by call, the large ones on several threads.
/// Thread-bound.
class CpuRunner {
  public:
    /// threads >= 1, the caller's included; they are used only where the whole is worth it. The
    /// plan must outlive this.
    CpuRunner(const Plan& plan, int threads);

    /// Runs everything; after every part of call i, after_part(i).
    template <class AfterPart>
    void run(const AfterPart& after_part) {
        const std::span<const Call> calls = plan_.calls;
        if (!team_) {
            for (const Slice& slice : plan_.slices) {
                const auto i = static_cast<std::size_t>(slice.call);
                calls[i].run(calls[i].args, slice.begin, slice.end);
                after_part(i);
            }
            return;
        }
        team_->begin();
        for (std::size_t i = 0; i < calls.size(); ++i) {
            run_call(calls[i]);
            after_part(i);
        }
        team_->end();
    }

  private:
    void run_call(const Call& call);

    const Plan& plan_;
    std::unique_ptr<Team> team_;  ///< null where the caller works alone
};

}  // namespace tarsier::infer
