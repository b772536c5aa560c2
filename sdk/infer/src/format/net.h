// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tarsier/infer/model.h>

namespace tarsier::infer {

/// A tensor of a network: one picture of `channels` channels, NHWC. With a root it has no memory of
/// its own: it is the channels [first_channel, first_channel + channels) of a root of the same
/// size, or all values of a root of another size, in the order of its memory.
struct NetTensor {
    std::string name;
    int height = 1;
    int width = 1;
    int channels = 0;
    ElementType element = ElementType::F32;
    int root = -1;
    int first_channel = 0;
    float scale = 0;     ///< only of U8: level q stands for (q - zero_point) * scale
    int zero_point = 0;  ///< 0..255

    std::int64_t elements() const { return std::int64_t{height} * width * channels; }
    bool same_size(const NetTensor& other) const {
        return height == other.height && width == other.width;
    }
    /// Whether equal elements stand for equal values.
    bool same_levels(const NetTensor& other) const {
        return element == other.element && scale == other.scale && zero_point == other.zero_point;
    }
    /// "64x64x16": height, width, channels.
    std::string shape_text() const;
};

/// Packed weights or another array of a step, in memory that outlives the network.
struct NetConstant {
    std::span<const std::uint8_t> bytes;
    std::uint64_t count = 0;
    ElementType element = ElementType::F32;
    /// Of I8 that stands for floats: the constant that holds a scale for each output channel,
    /// padded to P panels; value i has that of channel i / block % P * 16 + i % 16. Only in files:
    /// reading widens it.
    int scales = -1;
    std::uint64_t block = 0;

    /// Only for the type of its elements.
    template <class T>
    const T* as() const {
        return reinterpret_cast<const T*>(bytes.data());
    }
    const float* floats() const { return as<float>(); }
};

/// One operator of a network: what it is called, and indices of tensors and constants.
struct NetStep {
    std::string op;
    std::string name;
    std::vector<int> inputs;
    int output = 0;
    std::vector<int> constants;
    std::map<std::string, double> attributes;

    /// The attribute `key`, or `otherwise` where it is absent.
    double number(const std::string& key, double otherwise) const;
    /// The same as an integer; attributes of operators are checked before they are asked for.
    int integer(const std::string& key, int otherwise) const;
};

struct NetPort {
    TensorInfo info;
    int tensor = 0;
};

/// What a .tsr file holds: steps in the order of execution.
struct Net {
    std::string name;
    std::string task;
    std::vector<NetTensor> tensors;
    std::vector<NetConstant> constants;
    std::vector<NetStep> steps;
    std::vector<NetPort> inputs;
    std::vector<NetPort> outputs;
    std::map<std::string, std::string> metadata;

    /// After each run an input takes the values of an output.
    std::vector<StateInfo> states;

    /// Memory of constants that were stored small.
    std::shared_ptr<const void> widened;

    /// The tensor that owns the memory of tensor i.
    int root(int i) const;
    /// Whether tensor i is a slice of its root's channels, not all of its memory in another shape.
    bool is_slice(int i) const;
};

/// The model that Session runs: a network and whatever keeps its constants in memory.
class NetModel : public Model {
  public:
    NetModel(Net net, std::shared_ptr<const void> memory);

    const Net& net() const { return net_; }
    const std::string& name() const override { return net_.name; }
    const std::string& task() const override { return net_.task; }
    const std::vector<TensorInfo>& inputs() const override { return inputs_; }
    const std::vector<TensorInfo>& outputs() const override { return outputs_; }
    const std::map<std::string, std::string>& metadata() const override { return net_.metadata; }
    const std::vector<StateInfo>& states() const override { return net_.states; }

  private:
    Net net_;
    std::vector<TensorInfo> inputs_;
    std::vector<TensorInfo> outputs_;
    std::shared_ptr<const void> memory_;
};

}  // namespace tarsier::infer
