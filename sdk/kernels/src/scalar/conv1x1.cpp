// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::kernels::scalar {

void conv1x1_f32(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const float* src = args.src + pixel * args.src_stride;
        float* dst = args.dst + pixel * args.dst_stride;
        for (int out = 0; out < args.out_channels; ++out) {
            const float* weights = args.weights +
                                   std::ptrdiff_t{out / kPanel} * args.in_channels * kPanel +
                                   out % kPanel;
            float sum = args.bias[out];
            for (int in = 0; in < args.in_channels; ++in)
                sum += src[in] * weights[std::ptrdiff_t{in} * kPanel];
            dst[out] = std::clamp(sum, args.min, args.max);
        }
    }
}

}  // namespace tarsier::kernels::scalar
