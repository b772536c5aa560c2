// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::neon {

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void conv_i8(const ConvI8& args, int begin, int end);
void depthwise_i8(const ConvI8& args, int begin, int end);
void add_i8(const AddI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void mul_i8(const MulI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void resize_i8(const ResizeI8& args, int begin, int end);
void max_pool_i8(const PoolI8& args, int begin, int end);
void average_pool_i8(const PoolI8& args, int begin, int end);
void lookup_i8(const LookupI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void quantize_i8(const QuantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void dequantize_i8(const DequantizeI8& args, std::ptrdiff_t begin, std::ptrdiff_t end);

void improve_tensor_i8(Table& t) {
    t.conv1x1_i8 = conv1x1_i8;
    t.conv_i8 = conv_i8;
    t.depthwise_i8 = depthwise_i8;
    t.add_i8 = add_i8;
    t.mul_i8 = mul_i8;
    t.resize_i8 = resize_i8;
    t.max_pool_i8 = max_pool_i8;
    t.average_pool_i8 = average_pool_i8;
    t.lookup_i8 = lookup_i8;
    t.quantize_i8 = quantize_i8;
    t.dequantize_i8 = dequantize_i8;
}

}  // namespace tarsier::kernels::neon
