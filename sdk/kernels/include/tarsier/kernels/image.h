// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tarsier::kernels {

/// Kernels on pictures. Planes are given as pointer and stride in bytes.
struct ImageKernels {};

}  // namespace tarsier::kernels
