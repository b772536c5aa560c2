// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <tarsier/infer/quantize.h>
#include <tarsier/infer/session.h>

#include "format/net.h"

namespace tarsier::infer::quantize {

/// Runs a network and shows what every tensor held. Thread-bound.
class Observer {
  public:
    static Result<Observer> create(const std::shared_ptr<const NetModel>& model);

    /// Forgets the states.
    void reset() { session_->reset(); }
    /// One run. Invalid where the sample does not fit the inputs.
    Status run(const Sample& sample);
    /// The values of a tensor that has memory of its own, channels last, after a run.
    std::span<const float> values(int tensor) const;

  private:
    std::unique_ptr<Session> session_;
    std::vector<int> outputs_;  ///< by tensor: the output that shows it
};

}  // namespace tarsier::infer::quantize
