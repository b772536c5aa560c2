// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace tarsier::infer {

/// Some channels of every pixel of a tensor, in bytes.
struct Part {
    const std::byte* src = nullptr;  ///< of pixel 0
    std::ptrdiff_t stride = 0;       ///< from pixel to pixel
    std::ptrdiff_t bytes = 0;        ///< of a pixel
};

/// Lays the parts of each pixel [begin, end) one after the other, pixels `stride` bytes apart. What
/// a step reads from several tensors goes through a buffer in the first-level cache this way,
/// instead of through a tensor that holds it all.
void gather(std::span<const Part> parts, std::ptrdiff_t begin, std::ptrdiff_t end, std::byte* dst,
            std::ptrdiff_t stride);

}  // namespace tarsier::infer
