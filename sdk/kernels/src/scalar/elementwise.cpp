// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include <algorithm>

namespace tarsier::kernels::scalar {

void add_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c)
            args.dst[pixel * args.dst_stride + c] =
                std::clamp(args.a[pixel * args.a_stride + c] + args.b[pixel * args.b_stride + c],
                           args.min, args.max);
}

void mul_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c)
            args.dst[pixel * args.dst_stride + c] =
                std::clamp(args.a[pixel * args.a_stride + c] * args.b[pixel * args.b_stride + c],
                           args.min, args.max);
}

void hard_swish_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c) {
            const float x = args.a[pixel * args.a_stride + c];
            args.dst[pixel * args.dst_stride + c] = x * std::clamp(x / 6 + 0.5F, 0.0F, 1.0F);
        }
}

void prelu_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c) {
            const float x = args.a[pixel * args.a_stride + c];
            args.dst[pixel * args.dst_stride + c] =
                x > 0 ? x : x * args.b[pixel * args.b_stride + c];
        }
}

void clamp_f32(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (std::ptrdiff_t pixel = begin; pixel < end; ++pixel)
        for (int c = 0; c < args.channels; ++c)
            args.dst[pixel * args.dst_stride + c] =
                std::clamp(args.a[pixel * args.a_stride + c], args.min, args.max);
}

}  // namespace tarsier::kernels::scalar
