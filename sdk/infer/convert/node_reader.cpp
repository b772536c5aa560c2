// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "onnx_ops.h"

namespace tarsier::infer::convert {

const onnx::AttributeProto* NodeReader::attribute(std::string_view name) const {
    for (const onnx::AttributeProto& attribute : node_.attribute())
        if (attribute.name() == name) return &attribute;
    return nullptr;
}

std::int64_t NodeReader::integer(std::string_view name, std::int64_t otherwise) const {
    const auto* found = attribute(name);
    return found ? found->i() : otherwise;
}

double NodeReader::real(std::string_view name, double otherwise) const {
    const auto* found = attribute(name);
    return found ? double{found->f()} : otherwise;
}

std::string NodeReader::text(std::string_view name, const std::string& otherwise) const {
    const auto* found = attribute(name);
    return found ? found->s() : otherwise;
}

std::vector<std::int64_t> NodeReader::integers(std::string_view name,
                                               std::vector<std::int64_t> otherwise) const {
    const auto* found = attribute(name);
    return found ? std::vector<std::int64_t>(found->ints().begin(), found->ints().end())
                 : std::move(otherwise);
}

std::string NodeReader::input(int i) const {
    const auto alias = import_.aliases.find(node_.input(i));
    return alias == import_.aliases.end() ? node_.input(i) : alias->second;
}

const Value* NodeReader::value(int i) const {
    if (!has(i)) return nullptr;
    const auto found = import_.graph.values.find(input(i));
    return found == import_.graph.values.end() ? nullptr : &found->second;
}

const Array* NodeReader::array(int i) const {
    if (!has(i)) return nullptr;
    const auto found = import_.arrays.find(node_.input(i));
    return found == import_.arrays.end() ? nullptr : &found->second;
}

Error NodeReader::error(Code code, const std::string& what) const {
    const std::string& output = node_.output_size() > 0 ? node_.output(0) : node_.name();
    const std::string& name = node_.name().empty() ? output : node_.name();
    return {code, fmt::format("node '{}' ({}): {}", name, node_.op_type(), what), {}, {}, {}, {}};
}

Error NodeReader::unsupported(const std::string& what) const {
    return error(Code::Unsupported, what);
}

Error NodeReader::damaged(const std::string& what) const { return error(Code::BadData, what); }

void NodeReader::add(Node node, const Value& shape) {
    node.output = node_.output_size() > 0 ? node_.output(0) : import_.graph.fresh(node_.name());
    node.name = node_.name().empty() ? node.output : node_.name();
    import_.graph.values[node.output] = {shape.channels, shape.height, shape.width, {}, 0};
    import_.graph.nodes.push_back(std::move(node));
}

}  // namespace tarsier::infer::convert
