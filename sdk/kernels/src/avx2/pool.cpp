// SPDX-License-Identifier: Apache-2.0
#include "simd/pool.h"

#include <tarsier/kernels/kernels.h>

#include "vector.h"

namespace tarsier::kernels::avx2 {

void max_pool_f32(const PoolF32& args, int begin, int end) {
    pool<Floats, Largest, false>(args, begin, end);
}

void average_pool_f32(const PoolF32& args, int begin, int end) {
    pool<Floats, Sum, true>(args, begin, end);
}

}  // namespace tarsier::kernels::avx2
