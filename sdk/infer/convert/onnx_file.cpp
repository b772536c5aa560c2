// SPDX-License-Identifier: Apache-2.0
#include "onnx_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "onnx_ops.h"

namespace tarsier::infer::convert {
namespace {

constexpr std::int64_t kOldestOpset = 11;
constexpr std::int64_t kNewestOpset = 17;
/// Operators of a model, groups of a convolution counted: the passes look at all for each.
constexpr std::size_t kMaxNodes = 4096;

template <class From, class To>
void append_raw(const std::string& raw, std::vector<To>& out) {
    for (std::size_t i = 0; i + sizeof(From) <= raw.size(); i += sizeof(From)) {
        From value;
        std::memcpy(&value, raw.data() + i, sizeof value);
        out.push_back(static_cast<To>(value));
    }
}

Result<TensorInfo> port_info(const onnx::ValueInfoProto& proto, bool dynamic_allowed) {
    TensorInfo info;
    info.name = proto.name();
    const auto& type = proto.type().tensor_type();
    if (type.elem_type() != onnx::TensorProto::FLOAT)
        return {Code::Unsupported, fmt::format("'{}' is not of floats", proto.name())};
    std::vector<std::int64_t> dims;
    for (int i = 0; i < type.shape().dim_size(); ++i) {
        const auto& dim = type.shape().dim(i);
        const bool known = dim.has_dim_value() && dim.dim_value() > 0;
        if (!known && i > 0 && !dynamic_allowed)
            return {Code::Unsupported,
                    fmt::format("dimension {} of '{}' is not fixed", i, proto.name()),
                    "export the model with fixed input sizes"};
        dims.push_back(known ? dim.dim_value() : 1);
    }
    if (dims.size() > Shape::kMaxRank)
        return {Code::Unsupported,
                fmt::format("'{}' has {} dimensions", proto.name(), dims.size())};
    info.shape = Shape(dims);
    return info;
}

Status read_inputs(const onnx::GraphProto& proto, Import& import) {
    for (const auto& input : proto.input()) {
        if (import.arrays.count(input.name()) != 0) continue;
        TARSIER_TRY(TensorInfo info, port_info(input, false));
        const Dims dims(info.shape.dims().begin(), info.shape.dims().end());
        std::int64_t total = 1;
        for (const std::int64_t dim : dims)
            if (dim > kMaxElements || (total *= dim) > kMaxElements)
                return {Code::Unsupported, fmt::format("input '{}' is too large", info.name)};
        const bool picture = dims.size() == 4 && is_picture(dims);
        const auto shape = picture ? std::optional(picture_shape(dims)) : plain_shape(dims);
        if (!shape || import.views.count(info.name) != 0)
            return {Code::Unsupported,
                    fmt::format("input '{}' of the shape {}", info.name, info.shape.to_string())};
        import.graph.values[info.name] = *shape;
        import.views[info.name] =
            whole(info.name, *shape, dims, picture ? Layout::Picture : Layout::Plain);
        import.graph.inputs.push_back({info, info.name});
    }
    return Ok{};
}

Status read_outputs(const onnx::GraphProto& proto, Import& import) {
    for (const auto& output : proto.output()) {
        TARSIER_TRY(TensorInfo info, port_info(output, true));
        const auto view = import.views.find(info.name);
        if (view == import.views.end())
            return {Code::BadData, fmt::format("output '{}' is made by no node", info.name)};
        const Dims& dims = view->second.dims;
        if (dims.size() > Shape::kMaxRank)
            return {Code::Unsupported,
                    fmt::format("'{}' has {} dimensions", info.name, dims.size())};
        const bool picture = dims.size() == 4 && dims[0] == 1;
        const std::string value = picture && !is_picture(dims)
                                      ? std::string()
                                      : materialize(import.graph, info.name, view->second,
                                                    picture ? Layout::Picture : Layout::Plain);
        info.shape = Shape(dims);
        if (value.empty())
            return {Code::Unsupported,
                    fmt::format("output '{}' of the shape {}", info.name, info.shape.to_string())};
        import.graph.outputs.push_back({info, value});
    }
    return Ok{};
}

/// Reads what can be read and names everything that cannot.
Status read_nodes(const onnx::GraphProto& proto, Import& import) {
    std::vector<Error> errors;
    for (const onnx::NodeProto& node : proto.node()) {
        NodeReader reader(import, node);
        const ReadNode read = find_reader(node.op_type());
        if (!read) {
            errors.push_back(reader.unsupported("this operator is not supported"));
            continue;
        }
        bool known = true;  // false behind a node that could not be read
        for (int i = 0; i < node.input_size(); ++i)
            known = known && (!reader.has(i) || reader.view(i) || reader.array(i));
        if (!known && !errors.empty()) continue;
        if (!known) return reader.damaged("an input is made by no node before it");
        for (const std::string& output : node.output())
            if (import.views.count(output) + import.arrays.count(output) != 0)
                return reader.damaged("its output '" + output + "' exists already");
        if (import.weights_left < 0) return reader.unsupported("so many weights");
        if (import.graph.nodes.size() > kMaxNodes)
            return reader.unsupported(fmt::format("more than {} operators", kMaxNodes));
        if (auto status = read(reader); !status) errors.push_back(std::move(status.error()));
    }
    if (errors.empty()) return Ok{};
    Error error = std::move(errors.front());
    error.others.assign(std::make_move_iterator(errors.begin() + 1),
                        std::make_move_iterator(errors.end()));
    return error;
}

Result<onnx::ModelProto> parse(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return {errno == EACCES ? Code::Permission : Code::NotFound,
                fmt::format("cannot open: {}", std::strerror(errno))};
    onnx::ModelProto model;
    if (!model.ParseFromIstream(&in) || !model.has_graph() || model.graph().node_size() == 0)
        return {Code::BadData, "not an ONNX model, or a damaged one"};
    return model;
}

Result<Graph> read(const std::filesystem::path& file) {
    TARSIER_TRY(const onnx::ModelProto model, parse(file));
    Import import;
    for (const auto& opset : model.opset_import())
        if (opset.domain().empty()) import.opset = opset.version();
    if (import.opset < kOldestOpset || import.opset > kNewestOpset)
        return {Code::Unsupported,
                fmt::format("opset {}, supported are {} to {}", import.opset, kOldestOpset,
                            kNewestOpset),
                "export the model with opset 13"};
    for (const auto& tensor : model.graph().initializer()) {
        auto array = read_array(tensor);
        if (!array) {
            array.error().message = tensor.name() + ": " + array.error().message;
            return std::move(array.error());
        }
        import.weights_left += 2 * static_cast<std::int64_t>(array->size());
        import.arrays[tensor.name()] = std::move(*array);
    }
    TARSIER_CHECK(read_inputs(model.graph(), import));
    TARSIER_CHECK(read_nodes(model.graph(), import));
    TARSIER_CHECK(read_outputs(model.graph(), import));
    return std::move(import.graph);
}

}  // namespace

Result<Array> read_array(const onnx::TensorProto& tensor) {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
        return {Code::Unsupported, "its values are in another file",
                "save the model with its weights inside"};
    Array array;
    std::int64_t elements = 1;
    for (const std::int64_t dim : tensor.dims()) {
        if (dim < 0 || dim > kMaxElements || elements * dim > kMaxElements)
            return {Code::BadData, "impossible dimensions"};
        array.dims.push_back(dim);
        elements *= dim;
    }
    const std::string& raw = tensor.raw_data();
    switch (tensor.data_type()) {
        case onnx::TensorProto::FLOAT:
            array.floats.assign(tensor.float_data().begin(), tensor.float_data().end());
            append_raw<float>(raw, array.floats);
            break;
        case onnx::TensorProto::DOUBLE:
            array.floats.assign(tensor.double_data().begin(), tensor.double_data().end());
            append_raw<double>(raw, array.floats);
            break;
        case onnx::TensorProto::INT64:
            array.integers.assign(tensor.int64_data().begin(), tensor.int64_data().end());
            append_raw<std::int64_t>(raw, array.integers);
            break;
        case onnx::TensorProto::INT32:
            array.integers.assign(tensor.int32_data().begin(), tensor.int32_data().end());
            append_raw<std::int32_t>(raw, array.integers);
            break;
        default:
            return {Code::Unsupported, "elements of this type"};
    }
    if (static_cast<std::int64_t>(array.floats.size() + array.integers.size()) != elements)
        return {Code::BadData, "its values do not fill its dimensions"};
    return array;
}

Result<Graph> read_onnx(const std::filesystem::path& file) {
    auto graph = read(file);
    if (!graph) graph.error().message = file.string() + ": " + graph.error().message;
    return graph;
}

}  // namespace tarsier::infer::convert
