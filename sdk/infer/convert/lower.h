// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "format/net.h"
#include "graph.h"

namespace tarsier::infer::convert {

/// The network of a graph after all passes, weights in the canonical packing of
/// docs/model-format.md. The model keeps the weights.
std::shared_ptr<const NetModel> lower(Graph graph, std::string name, std::string task,
                                      std::map<std::string, std::string> metadata);

}  // namespace tarsier::infer::convert
