// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

// Tensors are pictures of float channels in NHWC order: the channels of a pixel are contiguous, a
// stride counts floats from one pixel to the next (at least the channels; more where the tensor is
// a slice of a wider one), and row y begins width pixels after row y - 1. Sources and destinations
// never overlap. Weights lie in panels of kPanel output channels as docs/model-format.md says. Only
// what belongs to the tensors is read or written; weights and biases are read up to the end of
// their last panel.

/// Output channels that lie together in packed weights and biases.
inline constexpr int kPanel = 16;

/// A 1x1 convolution over a list of pixels: dst = clamp(bias + weights * src, min, max).
struct Conv1x1F32 {
    const float* src;
    std::ptrdiff_t src_stride;
    float* dst;
    std::ptrdiff_t dst_stride;
    const float* weights;  ///< [ceil(out/16)][in_channels][16], 64-byte aligned
    const float* bias;     ///< [ceil(out/16)*16], 64-byte aligned
    int in_channels;
    int out_channels;
    float min, max;
};

/// A convolution with a window: dense (every output from all inputs) or depthwise (from its own
/// channel). Source pixels outside the picture count as zero.
struct ConvF32 {
    const float* src;
    std::ptrdiff_t src_stride;
    int src_height, src_width;
    float* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    const float* weights;  ///< dense [ceil(out/16)][kernel_h][kernel_w][in][16],
                           ///< depthwise [kernel_h][kernel_w][ceil(out/16)*16]; 64-byte aligned
    const float* bias;     ///< [ceil(out/16)*16], 64-byte aligned
    int in_channels;       ///< equal to out_channels for depthwise
    int out_channels;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left;
    float min, max;
};

/// A window slid over each channel. Source pixels outside the picture do not count, unless
/// `count_padding` makes an average count them as zero.
struct PoolF32 {
    const float* src;
    std::ptrdiff_t src_stride;
    int src_height, src_width;
    float* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    int channels;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_top, pad_left;
    bool count_padding;
};

/// One output coordinate of a linear resize: low + (high - low) * weight.
struct ResizeTap {
    std::int32_t low, high;  ///< rows or columns of the source
    float weight;            ///< 0..1
};

/// A linear resize; a nearest one where all weights are 0.
struct ResizeF32 {
    const float* src;
    std::ptrdiff_t src_stride;
    int src_width;
    float* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    int channels;
    const ResizeTap* rows;     ///< one per output row, ascending
    const ResizeTap* columns;  ///< one per output column, ascending
};

/// An operation on each pixel of one or two tensors of the same shape.
struct EachF32 {
    const float* a;
    std::ptrdiff_t a_stride;
    const float* b;           ///< the second operand, where there is one
    std::ptrdiff_t b_stride;  ///< 0 = one pixel of b for all of a
    float* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    float min, max;
};

/// Kernels on tensors. Each works on the output rows or pixels [begin, end), so that threads can
/// share it.
struct TensorKernels {
    /// Pixels [begin, end).
    void (*conv1x1_f32)(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Dense convolution, output rows [begin, end).
    void (*conv_f32)(const ConvF32& args, int begin, int end);
    /// Depthwise convolution, output rows [begin, end).
    void (*depthwise_f32)(const ConvF32& args, int begin, int end);
    /// Output rows [begin, end).
    void (*resize_f32)(const ResizeF32& args, int begin, int end);
    /// dst = clamp(a + b, min, max), pixels [begin, end).
    void (*add_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst = clamp(a * b, min, max), pixels [begin, end).
    void (*mul_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst = clamp(a, min, max), pixels [begin, end); a copy where the bounds are infinite.
    void (*clamp_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst = 1 / (1 + exp(-a)), pixels [begin, end).
    void (*sigmoid_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst = a * clamp(a / 6 + 0.5, 0, 1), pixels [begin, end).
    void (*hard_swish_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst = a where a > 0, else a * b, pixels [begin, end).
    void (*prelu_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// The largest value of each window, output rows [begin, end). Every window meets the picture.
    void (*max_pool_f32)(const PoolF32& args, int begin, int end);
    /// The mean of each window, output rows [begin, end). Every window meets the picture.
    void (*average_pool_f32)(const PoolF32& args, int begin, int end);
    /// Softmax over the channels of each pixel [begin, end).
    void (*softmax_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Softmax over two channels of which a is the difference, second minus first: dst = {1 - s, s}
    /// with s = 1 / (1 + exp(-a)). a has one channel, dst two; pixels [begin, end).
    void (*binary_softmax_f32)(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// dst[c * rows + r] = src[r * columns + c]: from planes to channels last, and back.
    void (*transpose_f32)(const float* src, std::ptrdiff_t rows, std::ptrdiff_t columns,
                          float* dst);

    /// Does `rounds` rounds of multiply-accumulates between registers and nothing else: what the
    /// processor can do at most, for those who measure how near the others come. Returns how many
    /// multiply-accumulates there were.
    std::int64_t (*multiply_add_f32)(std::int64_t rounds);
};

}  // namespace tarsier::kernels
