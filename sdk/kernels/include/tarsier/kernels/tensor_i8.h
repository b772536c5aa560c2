// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/tensor.h>

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

// Tensors of levels: pictures of 8-bit unsigned channels in NHWC order, laid out as those of
// floats, strides in bytes. Level q stands for (q - zero_point) * scale. The arithmetic is integers
// throughout and the same, bit by bit, on every level of instructions; docs/quantization.md has the
// formulas. Sources may be read up to kSlackI8 bytes behind their last channel; what is read there
// has no influence. Only what belongs to a destination is written. Every sum fits 32 bits: who
// calls has made sure.

/// Bytes behind the last channel of a source that kernels may read.
inline constexpr int kSlackI8 = 64;
/// Inputs that lie together in packed weights.
inline constexpr int kGroup = 4;

/// How the sum of an output channel becomes a level:
///   t = saturate16((bias + sum) >> shift), v = (t * multiplier + 2^14) >> 15,
///   dst = clamp(zero_point + ((v + 2^(fraction - 1)) >> fraction), low, high),
/// where nothing is added when fraction is 0. Half of what the first shift drops is in the bias.
struct RequantI8 {
    const std::int32_t* bias;         ///< [ceil(out/16)*16], 64-byte aligned
    const std::int32_t* multipliers;  ///< the same; shift << 16 | multiplier
    int fraction;                     ///< 0..6
    int zero_point;                   ///< of dst
    int low, high;                    ///< 0..255
};

/// A 1x1 convolution over a list of pixels.
struct Conv1x1I8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    const std::int8_t* weights;  ///< [ceil(out/16)][ceil(in/4)][16][4], 64-byte aligned
    int in_channels;
    int out_channels;
    RequantI8 requant;
};

/// A convolution with a window, dense or depthwise. Source pixels outside the picture hold
/// src_zero_point in every channel.
struct ConvI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    int src_height, src_width;
    int src_zero_point;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    const std::int8_t*
        weights;      ///< dense [ceil(out/16)][kernel_h][kernel_w][ceil(in/4)][16][4],
                      ///< depthwise [kernel_h][kernel_w][ceil(out/16)*16]; 64-byte aligned
    int in_channels;  ///< equal to out_channels for depthwise
    int out_channels;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int dilation_h, dilation_w;
    int pad_top, pad_left;
    RequantI8 requant;
};

/// A window slid over each channel.
struct PoolI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    int src_height, src_width;
    int src_zero_point;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    int channels;
    int kernel_h, kernel_w;
    int stride_h, stride_w;
    int pad_top, pad_left;
    RequantI8 requant;  ///< of averages; bias and multipliers hold one value for all channels
};

/// One output coordinate of a linear resize: (low * (128 - weight) + high * weight) / 128.
struct ResizeTapI8 {
    std::int32_t low, high;  ///< rows or columns of the source
    std::int32_t weight;     ///< 0..128
};

/// A linear resize; a nearest one where all weights are 0:
/// dst = (sum of the four sources by both axes' weights + 2^13) >> 14.
struct ResizeI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    int src_width;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int dst_width;
    int channels;
    const ResizeTapI8* rows;     ///< one per output row
    const ResizeTapI8* columns;  ///< one per output column
};

/// dst = clamp((a * a_multiplier + b * b_multiplier + offset) >> shift, low, high).
struct AddI8 {
    const std::uint8_t* a;
    std::ptrdiff_t a_stride;
    const std::uint8_t* b;
    std::ptrdiff_t b_stride;  ///< 0 = one pixel of b for all of a
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    int a_multiplier, b_multiplier;  ///< 0..2^15 - 1
    int offset;
    int shift;  ///< 0..30
    int low, high;
};

/// dst = clamp(((a - a_zero_point) * (b - b_zero_point) * multiplier + offset) >> shift, low,
/// high).
struct MulI8 {
    const std::uint8_t* a;
    std::ptrdiff_t a_stride;
    const std::uint8_t* b;
    std::ptrdiff_t b_stride;  ///< 0 = one pixel of b for all of a
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    int a_zero_point, b_zero_point;
    int multiplier;  ///< 0..2^14 - 1
    int offset;
    int shift;  ///< 0..30
    int low, high;
};

/// dst = table[src].
struct LookupI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    const std::uint8_t* table;  ///< [256], 64-byte aligned
};

/// Softmax over the channels of a pixel, in 1/256: with e = exponentials[255 - max + src],
/// dst = min((512 * e + sum) / (2 * sum), 255), divided without a rest; at most 65536 channels.
struct SoftmaxI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    const std::int32_t* exponentials;  ///< [256], 0..2^16, the last one 2^16
};

/// Floats to levels: x * factor, held within -zero_point and 255 - zero_point
/// (NaN as the former), rounded to the nearest, to the even one of two, plus zero_point.
struct QuantizeI8 {
    const float* src;
    std::ptrdiff_t src_stride;  ///< in floats
    std::uint8_t* dst;
    std::ptrdiff_t dst_stride;
    int channels;
    float factor;
    int zero_point;
};

/// Levels to floats: (q - zero_point) * factor.
struct DequantizeI8 {
    const std::uint8_t* src;
    std::ptrdiff_t src_stride;
    float* dst;
    std::ptrdiff_t dst_stride;  ///< in floats
    int channels;
    float factor;
    int zero_point;
};

/// Kernels on tensors of levels. Each works on the output rows or pixels [begin, end), so that
/// threads can share it.
struct TensorKernelsI8 {
    /// Pixels [begin, end).
    void (*conv1x1_i8)(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Dense convolution, output rows [begin, end).
    void (*conv_i8)(const ConvI8& args, int begin, int end);
    /// Depthwise convolution, output rows [begin, end).
    void (*depthwise_i8)(const ConvI8& args, int begin, int end);
    /// Pixels [begin, end).
    void (*add_i8)(const AddI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Pixels [begin, end).
    void (*mul_i8)(const MulI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Output rows [begin, end).
    void (*resize_i8)(const ResizeI8& args, int begin, int end);
    /// The largest level of each window, output rows [begin, end). Every window meets the picture.
    void (*max_pool_i8)(const PoolI8& args, int begin, int end);
    /// The requantized sum of (src - src_zero_point) of each window, output rows [begin, end);
    /// what lies outside the picture adds nothing.
    void (*average_pool_i8)(const PoolI8& args, int begin, int end);
    /// Pixels [begin, end).
    void (*lookup_i8)(const LookupI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Pixels [begin, end).
    void (*softmax_i8)(const SoftmaxI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Pixels [begin, end).
    void (*quantize_i8)(const QuantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
    /// Pixels [begin, end).
    void (*dequantize_i8)(const DequantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
};

}  // namespace tarsier::kernels
