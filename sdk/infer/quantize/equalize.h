// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "draft.h"

namespace tarsier::infer::quantize {

/// Cross-layer equalization (Nagel et al. 2019, arXiv 1906.04721, section 4.1): where a convolution
/// feeds nothing but another one through at most a ReLU, each channel between them is divided by
/// s = sqrt(r1 r2) / r2 and multiplied again behind, r1 and r2 being the largest magnitudes of its
/// weights on either side. The network's function stays as it is. Pairs with an upper bound between
/// them (ReLU6) are left alone, because one bound for all channels would have to become one for
/// each. Returns the number of pairs.
int equalize(Draft& draft);

}  // namespace tarsier::infer::quantize
