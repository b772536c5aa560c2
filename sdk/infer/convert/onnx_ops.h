// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph.h"
#include "onnx_proto.h"
#include "view.h"

namespace tarsier::infer::convert {

/// A constant of an ONNX model; integers of any width end in `integers`, floats in `floats`.
struct Array {
    Dims dims;
    std::vector<float> floats;
    std::vector<std::int64_t> integers;

    std::size_t size() const { return floats.size() + integers.size(); }
    bool is_integer() const { return floats.empty(); }
    double number(std::size_t i) const {
        return is_integer() ? static_cast<double>(integers[i]) : double{floats[i]};
    }
};

/// What is known while the nodes of an ONNX model are read in order.
struct Import {
    Graph graph;
    std::map<std::string, Array> arrays;  ///< constants, also those that were computed
    std::map<std::string, View> views;    ///< tensors
    std::vector<std::pair<View, std::string>> pictures, plains;  ///< views that have memory already
    std::int64_t opset = 0;
    /// Weights that nodes may still take: those of the file a few times, and some more for
    /// constants that become one value per channel.
    std::int64_t weights_left = std::int64_t{1} << 23;
};

/// A value of the graph to read.
struct Operand {
    std::string name;
    Value shape;
};

/// One ONNX node, with access to its attributes and inputs. The errors of wrong nodes name them.
class NodeReader {
  public:
    NodeReader(Import& import, const onnx::NodeProto& node) : import_(import), node_(node) {}

    Import& import() { return import_; }
    const onnx::NodeProto& node() const { return node_; }
    std::int64_t opset() const { return import_.opset; }
    std::string name() const;

    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    double real(std::string_view name, double otherwise) const;
    std::string text(std::string_view name, const std::string& otherwise) const;
    Dims integers(std::string_view name, Dims otherwise) const;
    const onnx::AttributeProto* attribute(std::string_view name) const;
    /// The integers that are input i or, in older operator sets, an attribute; null where neither
    /// is there. Fails where the input is not constant.
    Result<std::optional<Dims>> numbers(int i, std::string_view attribute) const;

    bool has(int i) const { return i < node_.input_size() && !node_.input(i).empty(); }
    /// Input i; null where it is absent, or of the other kind.
    const View* view(int i) const;
    const Array* array(int i) const;
    /// Input i, which must be a tensor.
    Result<View> tensor(int i) const;
    /// Input i as a picture. Fails with Unsupported where its dimensions are no picture's.
    Result<Operand> picture(int i);
    /// Any view in memory.
    Result<Operand> in_memory(const View& view, Layout layout);
    /// A view that covers its source, after a copy where need be: operators that work value by
    /// value apply to its source.
    Result<View> covering(const View& view);
    /// An axis of input i, counted from the end where it is negative.
    Result<std::size_t> axis(std::int64_t axis, std::size_t rank) const;

    Error unsupported(const std::string& what) const;
    Error damaged(const std::string& what) const;

    /// Adds a node that makes all of a new value; returns the value's name.
    std::string add(Node node, const Value& shape);
    /// Makes a view, or a constant, output i of this node.
    Status set_output(View view, int i = 0);
    Status set_output(Array array, int i = 0);
    /// Adds a node whose picture of dimensions `dims` is output 0.
    Status set_picture(Node node, const Dims& dims);

  private:
    Error error(Code code, const std::string& what) const;

    Import& import_;
    const onnx::NodeProto& node_;
};

/// Reads one node into the graph.
using ReadNode = Status (*)(NodeReader& node);

/// Null for an operator that cannot be converted.
ReadNode find_reader(std::string_view op_type);

/// Fails with BadData where sizes disagree, with Unsupported for element types that models do not
/// compute with.
Result<Array> read_array(const onnx::TensorProto& tensor);

/// scale * x + bias for each channel of a value: a depthwise 1x1 convolution, which later folds
/// into the one before it.
Node affine(const std::string& input, std::vector<float> scale, std::vector<float> bias);

// The readers, by what they read. onnx_ops.cpp has the table.
Status read_conv(NodeReader& node);
Status read_gemm(NodeReader& node);
Status read_matmul(NodeReader& node);
Status read_batch_norm(NodeReader& node);

Status read_max_pool(NodeReader& node);
Status read_average_pool(NodeReader& node);
Status read_global_max_pool(NodeReader& node);
Status read_global_average_pool(NodeReader& node);
Status read_reduce_mean(NodeReader& node);

Status read_relu(NodeReader& node);
Status read_sigmoid(NodeReader& node);
Status read_hard_sigmoid(NodeReader& node);
Status read_hard_swish(NodeReader& node);
Status read_leaky_relu(NodeReader& node);
Status read_prelu(NodeReader& node);
Status read_clip(NodeReader& node);
Status read_softmax(NodeReader& node);
Status read_add(NodeReader& node);
Status read_sub(NodeReader& node);
Status read_mul(NodeReader& node);
Status read_div(NodeReader& node);

Status read_concat(NodeReader& node);
Status read_resize(NodeReader& node);
Status read_pad(NodeReader& node);

Status read_identity(NodeReader& node);
Status read_transpose(NodeReader& node);
Status read_reshape(NodeReader& node);
Status read_flatten(NodeReader& node);
Status read_squeeze(NodeReader& node);
Status read_unsqueeze(NodeReader& node);
Status read_slice(NodeReader& node);
Status read_split(NodeReader& node);
Status read_expand(NodeReader& node);
Status read_gather(NodeReader& node);

Status read_constant(NodeReader& node);
Status read_constant_of_shape(NodeReader& node);
Status read_shape(NodeReader& node);
Status read_cast(NodeReader& node);
Status read_floor(NodeReader& node);
/// The result of Add, Sub, Mul or Div of two constants.
Status fold_arithmetic(NodeReader& node);
/// Constants one after the other.
Status fold_concat(NodeReader& node);

}  // namespace tarsier::infer::convert
