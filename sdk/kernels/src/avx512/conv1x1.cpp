// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "gemm.h"

namespace tarsier::kernels::avx512 {

void conv1x1_f32(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    gemm({.src = args.src + begin * args.src_stride,
          .src_step = args.src_stride,
          .dst = args.dst + begin * args.dst_stride,
          .dst_step = args.dst_stride,
          .weights = args.weights,
          .panel = std::ptrdiff_t{args.in_channels} * kPanel,
          .bias = args.bias,
          .out_channels = args.out_channels,
          .rows = 1,
          .src_row = 0,
          .weights_row = 0,
          .columns = 1,
          .src_column = 0,
          .weights_column = 0,
          .inputs = args.in_channels,
          .min = args.min,
          .max = args.max},
         end - begin);
}

}  // namespace tarsier::kernels::avx512
