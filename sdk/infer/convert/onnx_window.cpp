// SPDX-License-Identifier: Apache-2.0
#include "onnx_window.h"

#include <fmt/format.h>

#include <algorithm>

namespace tarsier::infer::convert {
namespace {

constexpr std::int64_t kMaxPad = 65536;

/// Fills in before and after where auto_pad says how; SAME is ceil(length / stride) outputs.
void pad_same(Axis& axis, std::int64_t length, bool upper) {
    const std::int64_t outputs = (length + axis.stride - 1) / axis.stride;
    const std::int64_t total =
        std::max<std::int64_t>(0, (outputs - 1) * axis.stride + axis.reach() - length);
    axis.before = upper ? total / 2 : total - total / 2;
    axis.after = total - axis.before;
}

/// The last output of ceil_mode begins within the picture or the padding before it.
void extend_to_ceil(Axis& axis, std::int64_t length) {
    const std::int64_t rest = (length + axis.before + axis.after - axis.reach()) % axis.stride;
    if (rest == 0) return;
    const std::int64_t begins = axis.outputs(length) * axis.stride;
    if (begins < length + axis.before) axis.after += axis.stride - rest;
}

Status finish_axis(NodeReader& node, Axis& axis, std::int64_t length, std::int64_t max_kernel) {
    if (axis.kernel < 1 || axis.kernel > max_kernel || axis.stride < 1 ||
        axis.stride > max_kernel || axis.dilation < 1 || axis.dilation > 1024 || axis.before < 0 ||
        axis.before > kMaxPad || axis.after < 0 || axis.after > kMaxPad)
        return node.unsupported("a window of this size, stride, dilation or padding");
    const std::string auto_pad = node.text("auto_pad", "NOTSET");
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER")
        pad_same(axis, length, auto_pad == "SAME_UPPER");
    else if (auto_pad == "VALID")
        axis.before = axis.after = 0;
    else if (auto_pad != "NOTSET")
        return node.damaged("unknown auto_pad " + auto_pad);
    if (length + axis.before + axis.after < axis.reach())
        return node.damaged("its window is larger than the picture");
    if (node.integer("ceil_mode", 0) != 0) extend_to_ceil(axis, length);
    return Ok{};
}

}  // namespace

Dims Window::outputs(const Dims& input, std::int64_t channels) const {
    Dims out = {1, channels};
    for (std::size_t i = 2; i < input.size(); ++i)
        out.push_back(axes[i + 2 - input.size()].outputs(input[i]));
    return out;
}

void Window::set(Node& node) const {
    const char* const names[2][5] = {
        {"kernel_h", "stride_h", "dilation_h", "pad_top", "pad_bottom"},
        {"kernel_w", "stride_w", "dilation_w", "pad_left", "pad_right"}};
    for (std::size_t i = 0; i < 2; ++i) {
        const Axis& axis = axes[i];
        const std::int64_t values[5] = {axis.kernel, axis.stride, axis.dilation, axis.before,
                                        axis.after};
        for (std::size_t j = 0; j < 5; ++j)
            node.attributes[names[i][j]] = static_cast<double>(values[j]);
    }
}

Result<Window> read_window(NodeReader& node, const Dims& input, const Dims& kernel,
                           std::int64_t max_kernel) {
    const std::size_t sides = input.size() < 3 ? 0 : input.size() - 2;  // 1 or 2 for a picture
    const Dims shape = node.integers("kernel_shape", kernel);
    const Dims strides = node.integers("strides", Dims(sides, 1));
    const Dims dilations = node.integers("dilations", Dims(sides, 1));
    const Dims pads = node.integers("pads", Dims(2 * sides, 0));
    if (sides == 0 || shape.size() != sides || strides.size() != sides ||
        dilations.size() != sides || pads.size() != 2 * sides ||
        (!kernel.empty() && kernel != shape))
        return node.damaged("its window does not have the dimensions of its input and weights");
    Window window;
    for (std::size_t i = 0; i < sides; ++i) {
        Axis& axis = window.axes[i + 2 - sides];
        axis = {shape[i], strides[i], dilations[i], pads[i], pads[i + sides]};
        TARSIER_CHECK(finish_axis(node, axis, input[i + 2], max_kernel));
    }
    return window;
}

}  // namespace tarsier::infer::convert
