// SPDX-License-Identifier: Apache-2.0
// The scalar level is the specification: it fills every entry of the table.
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {

void conv1x1_f32(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void conv_f32(const ConvF32& args, int begin, int end);
void depthwise_f32(const ConvF32& args, int begin, int end);
void resize_f32(const ResizeF32& args, int begin, int end);
void add_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void mul_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void hard_swish_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void prelu_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void max_pool_f32(const PoolF32& args, int begin, int end);
void average_pool_f32(const PoolF32& args, int begin, int end);
void softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);

void improve_image_resample(Table& t);
void improve_image_blend(Table& t);
void improve_tensor_i8(Table& t);

void transpose_f32(const float* src, std::ptrdiff_t rows, std::ptrdiff_t columns, float* dst);
std::int64_t multiply_add_f32(std::int64_t rounds);

void improve(Table& t) {
    improve_image_resample(t);
    improve_image_blend(t);
    improve_tensor_i8(t);
    t.conv1x1_f32 = conv1x1_f32;
    t.conv_f32 = conv_f32;
    t.depthwise_f32 = depthwise_f32;
    t.resize_f32 = resize_f32;
    t.add_f32 = add_f32;
    t.clamp_f32 = clamp_f32;
    t.sigmoid_f32 = sigmoid_f32;
    t.mul_f32 = mul_f32;
    t.hard_swish_f32 = hard_swish_f32;
    t.prelu_f32 = prelu_f32;
    t.max_pool_f32 = max_pool_f32;
    t.average_pool_f32 = average_pool_f32;
    t.softmax_f32 = softmax_f32;
    t.binary_softmax_f32 = binary_softmax_f32;
    t.transpose_f32 = transpose_f32;
    t.multiply_add_f32 = multiply_add_f32;
}

}  // namespace tarsier::kernels::scalar
