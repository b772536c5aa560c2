// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "onnx_ops.h"

namespace tarsier::infer::convert {

/// One axis of a window.
struct Axis {
    std::int64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;

    std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
    std::int64_t outputs(std::int64_t length) const {
        return (length + before + after - reach()) / stride + 1;
    }
    bool is_point() const { return kernel == 1 && stride == 1 && before == 0 && after == 0; }
};

/// The window of a convolution or pool over a picture.
struct Window {
    Axis axes[2];  ///< vertical, horizontal

    /// The dimensions that come out for `channels` channels, of the rank of the input.
    Dims outputs(const Dims& input, std::int64_t channels) const;
    /// As the attributes of a step.
    void set(Node& node) const;
};

/// Reads kernel_shape (which may be absent where `kernel` says it), strides, dilations, pads,
/// auto_pad and ceil_mode of a node whose input is a picture of dimensions `input`, in one or two
/// dimensions. No side is longer than `max_kernel`.
Result<Window> read_window(NodeReader& node, const Dims& input, const Dims& kernel,
                           std::int64_t max_kernel);

}  // namespace tarsier::infer::convert
