// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <tarsier/base/result.h>

namespace tarsier::infer {

struct ConvertOptions {
    std::string name;  ///< of the model; empty = stem of the output file
    std::string task;
    std::map<std::string, std::string> metadata;  ///< copied into the file
    /// Inputs that keep an output from run to run, by name. Inputs `X` with an output `X_out` of
    /// the same shape do so unasked.
    std::map<std::string, std::string> states;
    /// Above 0: a network over a signal (1xCx1xT) becomes incremental. Each run takes so many new
    /// columns, states keep the past, and the mean over the signal is that of the latest columns.
    int hop = 0;
};

struct ConvertReport {
    int nodes_in = 0;   ///< operators of the ONNX graph
    int steps_out = 0;  ///< operators left after folding and fusing
    double macs = 0;
    std::size_t bytes = 0;
};

/// ONNX (opset 11 to 17) to `.tsr`. Batch norms folded, activations fused, constants folded,
/// layouts chosen. Unsupported operators are all named with their nodes. Lives in the library
/// tarsier::convert, which alone needs protobuf.
Result<ConvertReport> convert_onnx(const std::filesystem::path& onnx,
                                   const std::filesystem::path& tsr,
                                   const ConvertOptions& options = {});

}  // namespace tarsier::infer
