// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "graph.h"

namespace tarsier::infer::convert {

/// The model of an ONNX file, opset 11 to 17, as a graph whose shapes are known. Batch norms have
/// become depthwise 1x1 convolutions, activations are nodes of their own. Fails with NotFound,
/// BadData, or with Unsupported naming every node that cannot be converted.
Result<Graph> read_onnx(const std::filesystem::path& file);

}  // namespace tarsier::infer::convert
