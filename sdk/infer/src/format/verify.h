// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "format/net.h"

namespace tarsier::infer {

/// Bytes that the tensors of a network may take together.
inline constexpr std::int64_t kMaxTensorBytes = std::int64_t{1} << 30;

/// Whether a network makes sense: tensors of sane size, slices within their roots, ports that fit
/// their tensors, steps that read only what was written before, never write what they read, and
/// obey the rules of their operators. Fails with BadData, for an unknown operator with Unsupported.
Status verify(const Net& net);

}  // namespace tarsier::infer
