// SPDX-License-Identifier: Apache-2.0
#include "../peak.h"

namespace tarsier::kernels::avx512 {

using Vector [[gnu::vector_size(64)]] = float;

std::int64_t multiply_add_f32(std::int64_t rounds) { return multiply_add<Vector>(rounds); }

}  // namespace tarsier::kernels::avx512
