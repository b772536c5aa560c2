// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "graph.h"

namespace tarsier::peers {

/// One input of a network, with values in the order of the ONNX file.
struct Input {
    std::string name;
    std::vector<std::int64_t> dims;
    std::vector<float> values;
};

/// A network in the forms that engines load; empty where there is none of that precision.
struct Network {
    std::string name;  ///< stem of the file
    std::string precision = "fp32";
    std::filesystem::path onnx;
    std::filesystem::path tsr;                             ///< what we load
    std::shared_ptr<const infer::convert::Graph> graph{};  ///< what has no file format gets
    std::vector<Input> inputs;
    std::vector<std::string> outputs;

    std::vector<Network> others{};  ///< the same in other precisions

    /// Multiply-accumulates of its convolutions and matrix products as the ONNX file has them.
    double macs() const;
};

/// A network loaded by an engine, ready to run. Thread-bound.
class Runner {
  public:
    virtual ~Runner() = default;
    /// One inference from the inputs' values, which are copied in; results stay with the engine.
    virtual Status run() = 0;
    /// Output i of the last run, in the order of the ONNX file; empty where it cannot be had.
    virtual std::vector<float> output(std::size_t i) = 0;
};

struct Engine {
    std::string name;
    std::string settings;  ///< version and what was set, for the reader of the results
    /// Fails with the reason where the engine cannot run the network, which outlives the runner.
    Result<std::unique_ptr<Runner>> (*load)(const Network& network, int threads);
    bool from_graph = false;  ///< loads Network::graph, which is fp32
    bool fp32_only = false;   ///< of ONNX files

    /// Whether there is a form of the network for it.
    bool can_load(const Network& network) const;
};

/// Every engine fails with Unavailable where its library is not on this machine.
Result<Engine> tarsier_engine();
/// ONNX Runtime, from the shared library that the environment variable ONNXRUNTIME names.
Result<Engine> onnxruntime_engine();
/// Debian's XNNPACK, operator by operator, as its own runtime calls them.
Result<Engine> xnnpack_engine();
Result<Engine> opencv_engine();

/// Fills inputs with noise in 0..1, states with zeros, as they begin.
void fill_inputs(Network& network);
/// An ONNX file with inputs, outputs and graph; `tsr` is empty.
Result<Network> read_network(const std::filesystem::path& onnx);

}  // namespace tarsier::peers
