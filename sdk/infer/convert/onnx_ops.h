// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph.h"
#include "onnx_proto.h"

namespace tarsier::infer::convert {

/// A constant of an ONNX model; integers of any width end in `integers`, floats in `floats`.
struct Array {
    std::vector<std::int64_t> dims;
    std::vector<float> floats;
    std::vector<std::int64_t> integers;
};

/// What is known while the nodes of an ONNX model are read in order.
struct Import {
    Graph graph;
    std::map<std::string, Array> arrays;
    std::map<std::string, std::string> aliases;  ///< values that are another value under a new name
    std::int64_t opset = 0;
};

/// One ONNX node, with access to its attributes and inputs. The errors of wrong nodes name them.
class NodeReader {
  public:
    NodeReader(Import& import, const onnx::NodeProto& node) : import_(import), node_(node) {}

    Import& import() { return import_; }
    const onnx::NodeProto& node() const { return node_; }
    std::int64_t opset() const { return import_.opset; }

    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    double real(std::string_view name, double otherwise) const;
    std::string text(std::string_view name, const std::string& otherwise) const;
    std::vector<std::int64_t> integers(std::string_view name,
                                       std::vector<std::int64_t> otherwise) const;
    const onnx::AttributeProto* attribute(std::string_view name) const;

    /// Input i; null where it is absent, or of the other kind.
    const Value* value(int i) const;
    const Array* array(int i) const;
    /// The name of input i after aliases.
    std::string input(int i) const;
    bool has(int i) const { return i < node_.input_size() && !node_.input(i).empty(); }

    Error unsupported(const std::string& what) const;
    Error damaged(const std::string& what) const;

    /// Adds a node of the same name and output.
    void add(Node node, const Value& shape);

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

}  // namespace tarsier::infer::convert
