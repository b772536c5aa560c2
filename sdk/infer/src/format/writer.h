// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "format/net.h"

namespace tarsier::infer {

/// The bytes of a .tsr file.
std::vector<std::uint8_t> tsr_bytes(const Net& net);

/// Writes them to `file`, whole or not at all. Fails with Io or Permission.
Status write_tsr(const Net& net, const std::filesystem::path& file);

}  // namespace tarsier::infer
