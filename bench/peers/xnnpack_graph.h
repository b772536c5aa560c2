// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"
#include "graph.h"

namespace tarsier::peers {

/// The network as XNNPACK can compute it: batch norms and activations within the operators before
/// them, slices and concatenations as strides, channels that are picked one by one as slices of a
/// "shuffle", enlargement by whole factors as "repeat_columns" and "repeat_rows".
infer::convert::Graph for_xnnpack(infer::convert::Graph graph);

/// Values of the graph in one block of memory, used again where values are no longer needed.
class GraphMemory {
  public:
    /// Floats of a value: pixels of `channels` floats, `stride` floats apart.
    struct Place {
        float* data = nullptr;
        std::size_t height = 0, width = 0, channels = 0, stride = 0;

        std::size_t pixels() const { return height * width; }
        bool dense() const { return stride == channels; }
    };

    explicit GraphMemory(const infer::convert::Graph& graph);
    Place place(const std::string& value);

  private:
    const infer::convert::Graph& graph_;
    std::vector<float> floats_;
    std::map<std::string, std::size_t> offsets_;  ///< of values without a root
};

}  // namespace tarsier::peers
