// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/net.h"

namespace tarsier::infer {

/// Makes floats of constants that are stored small: of halves, and of bytes that have scales. They
/// lie in memory of the network. BadData where scales do not fit, or for more than `most` values,
/// which constants have that overlap in a file of so many bytes of weights.
Status widen(Net& net, std::uint64_t most);

}  // namespace tarsier::infer
