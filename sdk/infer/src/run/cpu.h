// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/clock.h>

#include <memory>

#include "plan/plan.h"
#include "run/team.h"
#include "run/trial.h"

namespace tarsier::infer {

/// Runs a plan, alone or, where that is faster, sharing the rows of large calls with other threads.
/// Thread-bound.
class CpuRunner {
  public:
    /// threads >= 1, the caller's included; they are used only where the whole is worth it. The
    /// plan must outlive this.
    CpuRunner(const Plan& plan, int threads);

    /// Runs everything; after every part of a step, after_part(its number).
    template <class AfterPart>
    void run(const AfterPart& after_part) {
        if (!team_) return run_all(false, after_part);
        const bool shared = trial_.share();
        const Timestamp before = monotonic_now();
        if (shared) team_->begin();
        run_all(shared, after_part);
        if (shared) team_->end();
        trial_.note(static_cast<double>(monotonic_now() - before));
    }

  private:
    template <class AfterPart>
    void run_all(bool shared, const AfterPart& after_part) {
        for (const Run& run : plan_.runs) {
            const Call& call = plan_.calls[static_cast<std::size_t>(run.call)];
            if (shared && worth_sharing(call, run))
                team_->run(call, run.begin, run.end);
            else
                call.run(call.args, run.begin, run.end);
            after_part(static_cast<std::size_t>(run.step));
        }
    }

    static bool worth_sharing(const Call& call, const Run& run);

    const Plan& plan_;
    std::unique_ptr<Team> team_;  ///< null where the caller works alone
    Trial trial_;
};

}  // namespace tarsier::infer
