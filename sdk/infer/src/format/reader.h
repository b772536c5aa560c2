// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "format/net.h"

namespace tarsier::infer {

/// The network in the bytes of a .tsr file, verified whole: sections, checksum, every count, index,
/// shape, product and constant, and every step by its operator's own rule. Constants point into
/// `file`, which starts at a multiple of 64. `name` is used in messages. Fails with BadData, for a
/// newer version or an unknown operator with Unsupported. Time and memory are bounded by the size
/// of the file.
Result<Net> read_tsr(std::span<const std::uint8_t> file, const std::string& name);

}  // namespace tarsier::infer
