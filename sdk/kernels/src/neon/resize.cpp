// SPDX-License-Identifier: Apache-2.0
#include "simd/resize.h"

#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::neon {
namespace {

struct Rows : Floats {
    static int stretch_plane(const float*, int, const ResizeTap*, int, float*) { return 0; }
};

}  // namespace

void resize_f32(const ResizeF32& args, int begin, int end) { resize<Rows>(args, begin, end); }

}  // namespace tarsier::kernels::neon
