// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tarsier/infer/model.h>

namespace tarsier::infer::convert {

/// A picture of channels that flows between nodes. With a root it is a slice of that value's
/// channels or, where the sizes differ, all of its memory in another shape.
struct Value {
    int channels = 0;
    int height = 1;
    int width = 1;
    std::string root;
    int first_channel = 0;

    bool same_size(const Value& other) const {
        return height == other.height && width == other.width;
    }
};

/// An operator while a model is being converted. `op` is the name that the runtime knows it by, or
/// "concat", "slice" (of channels, from the attribute first_channel on) or "reshape" (the same
/// memory in another shape), which end as tensors within others. Convolutions hold their weights as
/// in ONNX: [out][in / group][height][width].
struct Node {
    std::string op;
    std::string name;
    std::vector<std::string> inputs;
    std::string output;
    std::map<std::string, double> attributes;
    std::vector<float> weights;
    std::vector<float> bias;

    double number(const std::string& key, double otherwise) const;
    /// Whether its output is held within finite bounds.
    bool clamped() const;
    /// Whether it is a convolution of any kind.
    bool convolves() const;
    /// Whether it slides a window over each channel by itself.
    bool channelwise() const;
    /// Whether it is a linear resize.
    bool interpolates() const;
};

/// An input or output and the value it stands for.
struct Port {
    TensorInfo info;
    std::string value;
};

/// A model while it is being converted: nodes in the order of execution, values by name.
struct Graph {
    std::vector<Node> nodes;
    std::map<std::string, Value> values;
    std::vector<Port> inputs;
    std::vector<Port> outputs;
    std::vector<StateInfo> states;

    /// The node that makes a value; null for inputs.
    Node* producer(const std::string& value);
    /// How often a value is read, as an output of the model too.
    int uses(const std::string& value) const;
    bool is_output(const std::string& value) const;
    bool is_input(const std::string& value) const;
    /// Makes every reader of `from` read `to`.
    void replace_uses(const std::string& from, const std::string& to);
    void erase(const Node* node);
    /// A name that no value has yet.
    std::string fresh(const std::string& like) const;
    /// Makes `value`, and what is a slice of it, a slice of `root`.
    void make_slice(const std::string& value, const std::string& root, int first_channel);
    /// Erases nodes whose results nobody reads.
    void erase_dead();
};

}  // namespace tarsier::infer::convert
