// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <cmath>

namespace tarsier::kernels::scalar {

void sigmoid_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c)
            args.dst[pixel * args.dst_stride + c] =
                1.0F / (1.0F + std::exp(-args.a[pixel * args.a_stride + c]));
}

void softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const float* src = args.a + pixel * args.a_stride;
        float* dst = args.dst + pixel * args.dst_stride;
        const float largest = *std::max_element(src, src + args.channels);
        float sum = 0;
        for (int c = 0; c < args.channels; ++c) sum += dst[c] = std::exp(src[c] - largest);
        for (int c = 0; c < args.channels; ++c) dst[c] /= sum;
    }
}

void binary_softmax_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel) {
        const float second = 1.0F / (1.0F + std::exp(-args.a[pixel * args.a_stride]));
        args.dst[pixel * args.dst_stride] = 1.0F - second;
        args.dst[pixel * args.dst_stride + 1] = second;
    }
}

}  // namespace tarsier::kernels::scalar
