// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"

namespace tarsier::peers {

/// Writes the network as ONNX Runtime wants 8-bit ones: QuantizeLinear and DequantizeLinear around
/// its operators. Weights are symmetric, with a scale per output channel; activations are unsigned
/// with a zero point, over the range that `runtime` finds with the network's own inputs; what only
/// moves values, and concatenations where signs allow it, keep their scale; ReLU and Clip become
/// bounds of ranges. `to` and a file beside it are written.
Status write_qdq(const Network& network, const Engine& runtime, const std::filesystem::path& to);

}  // namespace tarsier::peers
