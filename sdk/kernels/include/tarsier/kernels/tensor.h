// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

/// Kernels on tensors in NHWC order (channels innermost).
struct TensorKernels {};

}  // namespace tarsier::kernels
