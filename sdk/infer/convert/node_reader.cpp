// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "onnx_ops.h"

namespace tarsier::infer::convert {

std::string NodeReader::name() const {
    if (!node_.name().empty() || node_.output_size() == 0) return node_.name();
    return node_.output(0);
}

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

Dims NodeReader::integers(std::string_view name, Dims otherwise) const {
    const auto* found = attribute(name);
    return found ? Dims(found->ints().begin(), found->ints().end()) : std::move(otherwise);
}

Result<std::optional<Dims>> NodeReader::numbers(int i, std::string_view attribute_name) const {
    if (has(i)) {
        if (const Array* constant = array(i); constant && constant->is_integer())
            return std::optional<Dims>(constant->integers);
        return unsupported(fmt::format("input {} that is not constant", i));
    }
    if (!attribute(attribute_name)) return std::optional<Dims>();
    return std::optional<Dims>(integers(attribute_name, {}));
}

const View* NodeReader::view(int i) const {
    if (!has(i)) return nullptr;
    const auto found = import_.views.find(node_.input(i));
    return found == import_.views.end() ? nullptr : &found->second;
}

const Array* NodeReader::array(int i) const {
    if (!has(i)) return nullptr;
    const auto found = import_.arrays.find(node_.input(i));
    return found == import_.arrays.end() ? nullptr : &found->second;
}

Result<View> NodeReader::tensor(int i) const {
    if (const View* found = view(i)) return *found;
    return unsupported(has(i) ? "a constant as its input" : "an absent input");
}

Result<Operand> NodeReader::picture(int i) {
    TARSIER_TRY(const View input, tensor(i));
    if (!is_picture(input.dims))
        return unsupported(fmt::format("an input of the shape {}, one picture is supported",
                                       fmt::join(input.dims, "x")));
    return in_memory(input, Layout::Picture);
}

Result<Operand> NodeReader::in_memory(const View& view, Layout layout) {
    auto& made = layout == Layout::Picture ? import_.pictures : import_.plains;
    for (const auto& [known, value] : made)
        if (known == view) return Operand{value, import_.graph.values.at(value)};
    const std::string value = materialize(import_.graph, name(), view, layout);
    if (value.empty())
        return unsupported(
            fmt::format("values of the shape {} in this order", fmt::join(view.dims, "x")));
    made.emplace_back(view, value);
    return Operand{value, import_.graph.values.at(value)};
}

Result<View> NodeReader::covering(const View& view) {
    if (covers(view, import_.graph.values.at(view.source))) return view;
    const Layout layout =
        view.dims.size() > 2 && is_picture(view.dims) ? Layout::Picture : Layout::Plain;
    TARSIER_TRY(const Operand copy, in_memory(view, layout));
    return whole(copy.name, copy.shape, view.dims, layout);
}

Result<std::size_t> NodeReader::axis(std::int64_t axis, std::size_t rank) const {
    const auto dimensions = static_cast<std::int64_t>(rank);
    if (axis < -dimensions || axis >= dimensions)
        return damaged(fmt::format("axis {} of {} dimensions", axis, rank));
    return static_cast<std::size_t>(axis < 0 ? axis + dimensions : axis);
}

Error NodeReader::error(Code code, const std::string& what) const {
    return {code, fmt::format("node '{}' ({}): {}", name(), node_.op_type(), what), {}, {}, {}, {}};
}

Error NodeReader::unsupported(const std::string& what) const {
    return error(Code::Unsupported, what);
}

Error NodeReader::damaged(const std::string& what) const { return error(Code::BadData, what); }

std::string NodeReader::add(Node node, const Value& shape) {
    node.output = import_.graph.fresh(node_.output_size() > 0 ? node_.output(0) : name());
    node.name = name();
    import_.weights_left -= static_cast<std::int64_t>(node.weights.size() + node.bias.size());
    import_.graph.values[node.output] = {shape.channels, shape.height, shape.width, {}, 0};
    import_.graph.nodes.push_back(std::move(node));
    return import_.graph.nodes.back().output;
}

Status NodeReader::set_output(View view, int i) {
    if (i >= node_.output_size()) return damaged("it has too few outputs");
    import_.views[node_.output(i)] = std::move(view);
    return Ok{};
}

Status NodeReader::set_output(Array array, int i) {
    if (i >= node_.output_size()) return damaged("it has too few outputs");
    import_.arrays[node_.output(i)] = std::move(array);
    return Ok{};
}

Status NodeReader::set_picture(Node node, const Dims& dims) {
    if (!is_picture(dims))
        return unsupported(fmt::format("an output of the shape {}", fmt::join(dims, "x")));
    const Value shape = picture_shape(dims);
    const std::string value = add(std::move(node), shape);
    return set_output(whole(value, shape, dims, Layout::Picture));
}

}  // namespace tarsier::infer::convert
