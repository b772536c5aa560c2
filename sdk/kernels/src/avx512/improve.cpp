// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::avx512 {

void conv1x1_f32(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void conv_f32(const ConvF32& args, int begin, int end);
void depthwise_f32(const ConvF32& args, int begin, int end);
void add_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end);
std::int64_t multiply_add_f32(std::int64_t rounds);

void improve(Table& t) {
    t.conv1x1_f32 = conv1x1_f32;
    t.conv_f32 = conv_f32;
    t.depthwise_f32 = depthwise_f32;
    t.add_f32 = add_f32;
    t.clamp_f32 = clamp_f32;
    t.sigmoid_f32 = sigmoid_f32;
    t.binary_softmax_f32 = binary_softmax_f32;
    t.multiply_add_f32 = multiply_add_f32;
}

}  // namespace tarsier::kernels::avx512
