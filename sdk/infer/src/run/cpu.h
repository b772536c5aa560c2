// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "ops/op.h"
#include "run/team.h"

namespace tarsier::infer {

/// Runs the calls of a plan one after the other, the large ones on several threads. Thread-bound.
class CpuRunner {
  public:
    /// For the calls of one plan. threads >= 1, the caller's included; they are used only where the
    /// whole is worth it.
    CpuRunner(std::span<const Call> calls, int threads);

    /// Runs all calls; after call i is done, after_call(i).
    template <class AfterCall>
    void run(std::span<const Call> calls, const AfterCall& after_call) {
        if (team_) team_->begin();
        for (std::size_t i = 0; i < calls.size(); ++i) {
            run(calls[i]);
            after_call(i);
        }
        if (team_) team_->end();
    }

  private:
    void run(const Call& call);

    std::unique_ptr<Team> team_;  ///< null where the caller works alone
};

}  // namespace tarsier::infer
