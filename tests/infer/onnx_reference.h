// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "onnx_proto.h"

namespace tarsier::infer {

/// A picture of channels in NCHW order, one picture.
struct Planes {
    int channels = 0, height = 0, width = 0;
    std::vector<float> values;

    float& at(int c, int y, int x) {
        return values[static_cast<std::size_t>((c * height + y) * width + x)];
    }
    float at(int c, int y, int x) const { return const_cast<Planes*>(this)->at(c, y, x); }
};

/// Puts small ONNX models together; weights are random and the same on every run.
class OnnxBuilder {
  public:
    explicit OnnxBuilder(int opset = 13);

    std::string input(const std::string& name, int channels, int height, int width);
    void output(const std::string& name);
    /// A node with one output; attributes are set on what is returned.
    onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::string& output);
    std::string floats(std::vector<std::int64_t> dims, std::vector<float> values);
    std::string integers(std::vector<std::int64_t> values);
    std::string random(std::vector<std::int64_t> dims, float scale, float offset = 0);

    /// Returns the name of the output.
    std::string conv(const std::string& in, int in_channels, int out_channels, int kernel,
                     int group = 1, int stride = 1, int dilation = 1,
                     const std::vector<int>& pads = {0, 0, 0, 0});
    std::string batch_norm(const std::string& in, int channels);
    std::string relu6(const std::string& in);
    std::string resize(const std::string& in, float scale, const std::string& mode,
                       const std::string& coordinates);
    std::string concat(const std::vector<std::string>& inputs);
    /// Every `step`-th channel of [first, end).
    std::string slice(const std::string& in, int first, int end, int step = 1);
    std::string fresh(const std::string& like);

    onnx::ModelProto model;

  private:
    std::mt19937 engine_{11};
    int names_ = 0;
};

void set(onnx::NodeProto& node, const std::string& name, std::int64_t value);
void set(onnx::NodeProto& node, const std::string& name, const std::string& value);
void set(onnx::NodeProto& node, const std::string& name, const std::vector<int>& values);

/// Evaluates a model by the plainest loops after the ONNX specification, sharing no code with the
/// runtime.
std::map<std::string, Planes> evaluate(const onnx::ModelProto& model,
                                       std::map<std::string, Planes> inputs);

}  // namespace tarsier::infer
