// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/net.h"
#include "format/packing.h"

namespace tarsier::infer {

/// Puts a small network together, without files.
class NetBuilder {
  public:
    /// A tensor of its own, or channels of `root` from `first` on.
    int tensor(int height, int width, int channels, int root = -1, int first = 0) {
        NetTensor t;
        t.name = "t" + std::to_string(net.tensors.size());
        t.height = height;
        t.width = width;
        t.channels = channels;
        t.root = root;
        t.first_channel = first;
        net.tensors.push_back(t);
        return static_cast<int>(net.tensors.size()) - 1;
    }
    int constant(const std::vector<float>& values) {
        const std::size_t bytes = values.size() * sizeof(float);
        auto& lines = arrays_->emplace_back((bytes + sizeof(Line) - 1) / sizeof(Line));
        std::memcpy(lines.data(), values.data(), bytes);
        NetConstant c;
        c.bytes = {reinterpret_cast<const std::uint8_t*>(lines.data()), bytes};
        c.count = values.size();
        net.constants.push_back(c);
        return static_cast<int>(net.constants.size()) - 1;
    }
    void step(const std::string& op, std::vector<int> inputs, int output,
              std::vector<int> constants = {}, std::map<std::string, double> attributes = {}) {
        NetStep s;
        s.op = op;
        s.name = op + std::to_string(net.steps.size());
        s.inputs = std::move(inputs);
        s.output = output;
        s.constants = std::move(constants);
        s.attributes = std::move(attributes);
        net.steps.push_back(std::move(s));
    }
    void input(int tensor, const std::string& name = "in") {
        net.inputs.push_back(port(tensor, name));
    }
    void output(int tensor, const std::string& name = "out") {
        net.outputs.push_back(port(tensor, name));
    }

    Net net;

  private:
    NetPort port(int tensor, const std::string& name) const {
        const NetTensor& t = net.tensors[static_cast<std::size_t>(tensor)];
        NetPort port;
        port.info.name = name;
        port.info.shape = Shape{1, t.channels, t.height, t.width};
        port.tensor = tensor;
        return port;
    }

    /// Kernels want constants where vectors begin.
    struct alignas(64) Line {
        float values[16];
    };

    std::shared_ptr<std::deque<std::vector<Line>>> arrays_ =
        std::make_shared<std::deque<std::vector<Line>>>();
};

}  // namespace tarsier::infer
