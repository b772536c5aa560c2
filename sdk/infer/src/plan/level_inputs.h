// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/net.h"

namespace tarsier::infer {

/// A network whose callers quantize some inputs themselves.
struct LevelInputs {
    Net net;
    std::vector<float> factors;  ///< of each input: its quantize step's, or 0 where it takes floats
};

/// The network without the quantize steps of inputs that nothing else reads and that are no states:
/// such inputs hold levels.
LevelInputs take_levels(Net net);

}  // namespace tarsier::infer
