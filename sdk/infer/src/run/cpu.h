// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/thread_pool.h>

#include <memory>
#include <span>

#include "ops/op.h"

namespace tarsier::infer {

/// Runs the calls of a plan one after the other, the large ones on several threads. Thread-bound.
class CpuRunner {
  public:
    /// threads >= 1, the caller's included.
    explicit CpuRunner(int threads);

    void run(std::span<const Call> calls);
    void run(const Call& call);

  private:
    std::unique_ptr<ThreadPool> pool_;  ///< null where the caller works alone
};

}  // namespace tarsier::infer
