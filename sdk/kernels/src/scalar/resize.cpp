// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::scalar {
namespace {

float lerp(float low, float high, float weight) { return low + (high - low) * weight; }

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) {
    for (int y = begin; y < end; ++y) {
        const ResizeTap& row = args.rows[y];
        const std::ptrdiff_t row_floats = args.src_width * args.src_stride;
        const float* top = args.src + row.low * row_floats;
        const float* bottom = args.src + row.high * row_floats;
        for (int x = 0; x < args.dst_width; ++x) {
            const ResizeTap& column = args.columns[x];
            const std::ptrdiff_t left = column.low * args.src_stride;
            const std::ptrdiff_t right = column.high * args.src_stride;
            float* dst = args.dst + (std::ptrdiff_t{y} * args.dst_width + x) * args.dst_stride;
            for (int c = 0; c < args.channels; ++c)
                dst[c] = lerp(lerp(top[left + c], top[right + c], column.weight),
                              lerp(bottom[left + c], bottom[right + c], column.weight), row.weight);
        }
    }
}

}  // namespace tarsier::kernels::scalar
