// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tarsier::peers {

/// One input of a network, with values in the order of the ONNX file.
struct Input {
    std::string name;
    std::vector<std::int64_t> dims;
    std::vector<float> values;
};

/// A network as every engine gets it.
struct Network {
    std::string name;  ///< stem of the file
    std::filesystem::path onnx;
    std::vector<Input> inputs;
    std::vector<std::string> outputs;
};

/// A network loaded by an engine, ready to run. Thread-bound.
class Runner {
  public:
    virtual ~Runner() = default;
    /// One inference from the inputs' values, which are copied in; results stay with the engine.
    virtual Status run() = 0;
    /// The first output of the last run, in the order of the ONNX file.
    virtual std::vector<float> first_output() = 0;
};

struct Engine {
    std::string name;
    std::string settings;  ///< version and what was set, for the reader of the results
    /// Fails with the reason where the engine cannot run the network.
    Result<std::unique_ptr<Runner>> (*load)(const Network& network, int threads);
};

/// Every engine fails with Unavailable where its library is not on this machine.
Result<Engine> tarsier_engine();
/// ONNX Runtime, from the shared library that the environment variable ONNXRUNTIME names.
Result<Engine> onnxruntime_engine();
Result<Engine> opencv_engine();

/// The inputs and outputs of an ONNX file, inputs filled with noise in 0..1.
Result<Network> read_network(const std::filesystem::path& onnx);

}  // namespace tarsier::peers
