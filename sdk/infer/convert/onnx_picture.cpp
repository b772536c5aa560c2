// SPDX-License-Identifier: Apache-2.0
// Concatenation, resizing and padding.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "onnx_ops.h"
#include "ops/pad.h"
#include "ops/resize.h"

namespace tarsier::infer::convert {
namespace {

/// Of pictures along their channels (dimension 1), height or width.
Status concat_pictures(NodeReader& node, const std::vector<View>& inputs, std::size_t axis,
                       const Dims& dims) {
    Node out;
    out.op = axis == 1 ? "concat" : "join";
    if (axis > 1) out.attributes["axis"] = axis + 1 == dims.size() ? 1 : 0;
    for (const View& input : inputs) {
        TARSIER_TRY(const Operand in, node.in_memory(input, Layout::Picture));
        out.inputs.push_back(in.name);
    }
    return node.set_picture(std::move(out), dims);
}

/// Of other tensors: rows of all that lies behind the axis, one after the other.
Status concat_rows(NodeReader& node, std::vector<View> inputs, std::size_t axis, const Dims& dims) {
    const auto behind = dims.begin() + static_cast<std::ptrdiff_t>(axis);
    const std::int64_t outer = elements(Dims(dims.begin(), behind));
    const std::int64_t inner = elements(Dims(behind + 1, dims.end()));
    const bool rows = outer == 1 && inner > 1;
    Node out;
    out.op = rows ? "join" : "concat";
    Value shape{rows ? static_cast<int>(inner) : 0, 0, 1, {}, 0};
    for (View& input : inputs) {
        const std::int64_t length = input.dims[axis];
        input.dims = rows ? Dims{length, inner} : Dims{outer, length * inner};
        TARSIER_TRY(const Operand in, node.in_memory(input, Layout::Plain));
        if (rows && (in.shape.channels != inner || in.shape.width != 1))
            return node.unsupported("tensors of this shape");
        if (!rows && (in.shape.height != outer || in.shape.width != 1))
            return node.unsupported("tensors of this shape");
        out.inputs.push_back(in.name);
        shape.height = rows ? shape.height + in.shape.height : in.shape.height;
        if (!rows) shape.channels += in.shape.channels;
    }
    if (shape.channels > 65536 || shape.height > 16384) return node.unsupported("so many values");
    const std::string value = node.add(std::move(out), shape);
    return node.set_output(whole(value, shape, dims, Layout::Plain));
}

Status resize_modes(NodeReader& node, std::map<std::string, double>& attributes) {
    const std::string coordinates = node.text("coordinate_transformation_mode", "half_pixel");
    const std::string mode = node.text("mode", "nearest");
    const std::string nearest = node.text("nearest_mode", "round_prefer_floor");
    const std::map<std::string, Coordinates> known = {{"asymmetric", kAsymmetric},
                                                      {"half_pixel", kHalfPixel},
                                                      {"align_corners", kAlignCorners},
                                                      {"pytorch_half_pixel", kPytorchHalfPixel}};
    const std::map<std::string, Nearest> roundings = {{"floor", kFloor},
                                                      {"ceil", kCeil},
                                                      {"round_prefer_floor", kRoundPreferFloor},
                                                      {"round_prefer_ceil", kRoundPreferCeil}};
    if (known.count(coordinates) == 0) return node.unsupported("coordinates " + coordinates);
    if (mode != "linear" && mode != "nearest") return node.unsupported("mode " + mode);
    if (mode == "nearest" && roundings.count(nearest) == 0)
        return node.damaged("unknown nearest_mode " + nearest);
    if (node.integer("exclude_outside", 0) != 0) return node.unsupported("exclude_outside");
    attributes["coordinates"] = known.at(coordinates);
    attributes["nearest"] = mode == "linear" ? kLinear : roundings.at(nearest);
    return Ok{};
}

/// The output length along an axis, from the inputs `scales` or `sizes`.
Result<std::int64_t> resized(NodeReader& node, std::size_t axis, std::int64_t length) {
    const Array* scales = node.array(2);
    const Array* sizes = node.array(3);
    double exact = 0;
    if (sizes && sizes->integers.size() == 4) {
        exact = static_cast<double>(sizes->integers[axis]);
    } else if (scales && scales->floats.size() == 4) {
        exact = static_cast<double>(length) * double{scales->floats[axis]};
    } else {
        return node.unsupported("scales or sizes that are not four constants");
    }
    // The runtime derives the scale from the shapes, which is only the same where it comes out
    // even.
    if (!(exact >= 1 && exact <= 65536) || std::abs(exact - std::round(exact)) > 1e-3)
        return node.unsupported(fmt::format("{} pixels resized to {}", length, exact));
    return static_cast<std::int64_t>(std::round(exact));
}

}  // namespace

Status read_concat(NodeReader& node) {
    if (node.array(0)) return fold_concat(node);
    std::vector<View> inputs;
    for (int i = 0; i < node.node().input_size(); ++i) {
        if (node.array(i)) return node.unsupported("a constant among its inputs");
        TARSIER_TRY(View input, node.tensor(i));
        inputs.push_back(std::move(input));
    }
    if (inputs.empty()) return node.damaged("it has no input");
    Dims dims = inputs[0].dims;
    TARSIER_TRY(const std::size_t axis, node.axis(node.integer("axis", 1), dims.size()));
    bool pictures = true;
    dims[axis] = 0;
    for (const View& input : inputs) {
        Dims others = input.dims;
        if (others.size() != dims.size()) return node.damaged("its inputs are of different ranks");
        dims[axis] += others[axis];
        pictures = pictures && is_picture(others);
        others[axis] = dims[axis];
        if (others != dims) return node.damaged("its inputs are of different sizes");
    }
    if (pictures && is_picture(dims) && dims.size() > 2 && axis > 0)
        return concat_pictures(node, inputs, axis, dims);
    return concat_rows(node, std::move(inputs), axis, dims);
}

Status read_resize(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    if (input.dims.size() != 4) return node.unsupported("anything but a picture");
    TARSIER_TRY(const Operand in, node.picture(0));
    Node out;
    out.op = "resize";
    TARSIER_CHECK(resize_modes(node, out.attributes));
    Dims dims;
    for (std::size_t i = 0; i < 4; ++i) {
        TARSIER_TRY(const std::int64_t length, resized(node, i, input.dims[i]));
        dims.push_back(length);
    }
    if (dims[0] != 1 || dims[1] != input.dims[1]) return node.unsupported("resized channels");
    out.inputs = {in.name};
    return node.set_picture(std::move(out), dims);
}

Status read_pad(NodeReader& node) {
    TARSIER_TRY(const View input, node.tensor(0));
    TARSIER_TRY(const Operand in, node.picture(0));
    TARSIER_TRY(const auto pads, node.numbers(1, "pads"));
    const std::size_t rank = input.dims.size();
    if (!pads || pads->size() != 2 * rank)
        return node.damaged("its pads are not two per dimension");
    Node out;
    out.op = "pad";
    out.inputs = {in.name};
    const std::map<std::string, PadMode> modes = {
        {"constant", kPadConstant}, {"reflect", kPadReflect}, {"edge", kPadEdge}};
    const auto mode = modes.find(node.text("mode", "constant"));
    if (mode == modes.end()) return node.unsupported("mode " + node.text("mode", ""));
    out.attributes["mode"] = mode->second;
    if (node.has(2)) {
        if (!node.array(2) || node.array(2)->size() != 1)
            return node.unsupported("a value that is not constant");
        out.attributes["value"] = node.array(2)->number(0);
    }
    Dims dims = input.dims;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t before = (*pads)[i];
        const std::int64_t after = (*pads)[i + rank];
        if ((i < 2 && (before != 0 || after != 0)) || before < 0 || after < 0 || before > 16384 ||
            after > 16384)
            return node.unsupported("padding of channels, or of this size");
        dims[i] += before + after;
        if (i < 2) continue;
        const bool columns = i + 1 == rank;
        out.attributes[columns ? "pad_left" : "pad_top"] = static_cast<double>(before);
        out.attributes[columns ? "pad_right" : "pad_bottom"] = static_cast<double>(after);
        if (mode->second == kPadReflect && std::max(before, after) >= input.dims[i])
            return node.damaged("it mirrors more than there is");
    }
    return node.set_picture(std::move(out), dims);
}

}  // namespace tarsier::infer::convert
