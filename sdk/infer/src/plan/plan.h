// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "format/net.h"
#include "ops/op.h"
#include "plan/bands.h"

namespace tarsier::infer {

/// Rows [begin, end) of a call, which belongs to a step.
struct Run {
    int call = 0;
    int begin = 0;
    int end = 0;
    int step = 0;
};

/// A network made ready to run: calls over one arena. Everything they need stays where it is until
/// the plan goes. Thread-bound.
struct Plan {
    std::vector<Call> calls;      ///< call i executes step i; more where its tensors move
    std::vector<Run> runs;        ///< in their order
    std::vector<Operand> inputs;  ///< of the network, in its order
    std::vector<Operand> outputs;
    std::shared_ptr<std::uint8_t> arena;  ///< 64-byte aligned
    std::size_t arena_bytes = 0;
    ArgumentStore store;
};

/// Plans a verified network for the kernels of `table` and so many threads. Fails with Exhausted.
Result<Plan> make_plan(const Net& net, const kernels::Table& table, int threads = 1);

}  // namespace tarsier::infer
