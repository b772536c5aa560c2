// SPDX-License-Identifier: Apache-2.0
// The operators of ONNX that can be converted.
#include "onnx_ops.h"

namespace tarsier::infer::convert {
namespace {

struct Row {
    std::string_view op_type;
    ReadNode read;
};

constexpr Row kReaders[] = {
    {"Add", read_add},
    {"AveragePool", read_average_pool},
    {"BatchNormalization", read_batch_norm},
    {"Cast", read_cast},
    {"Clip", read_clip},
    {"Concat", read_concat},
    {"Constant", read_constant},
    {"ConstantOfShape", read_constant_of_shape},
    {"Conv", read_conv},
    {"Div", read_div},
    {"Dropout", read_identity},
    {"Expand", read_expand},
    {"Flatten", read_flatten},
    {"Floor", read_floor},
    {"Gather", read_gather},
    {"Gemm", read_gemm},
    {"GlobalAveragePool", read_global_average_pool},
    {"GlobalMaxPool", read_global_max_pool},
    {"HardSigmoid", read_hard_sigmoid},
    {"HardSwish", read_hard_swish},
    {"Identity", read_identity},
    {"LeakyRelu", read_leaky_relu},
    {"MatMul", read_matmul},
    {"MaxPool", read_max_pool},
    {"Mul", read_mul},
    {"PRelu", read_prelu},
    {"Pad", read_pad},
    {"ReduceMean", read_reduce_mean},
    {"Relu", read_relu},
    {"Reshape", read_reshape},
    {"Resize", read_resize},
    {"Shape", read_shape},
    {"Sigmoid", read_sigmoid},
    {"Slice", read_slice},
    {"Softmax", read_softmax},
    {"Split", read_split},
    {"Squeeze", read_squeeze},
    {"Sub", read_sub},
    {"Transpose", read_transpose},
    {"Unsqueeze", read_unsqueeze},
};

}  // namespace

ReadNode find_reader(std::string_view op_type) {
    for (const Row& row : kReaders)
        if (row.op_type == op_type) return row.read;
    return nullptr;
}

}  // namespace tarsier::infer::convert
