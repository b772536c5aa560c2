// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tarsier/base/result.h>

namespace tarsier::apps {

/// A NumPy array of float32 in C order.
struct NpyArray {
    std::vector<std::int64_t> shape;
    std::vector<float> values;

    /// "1x3x256x256".
    std::string shape_text() const;
};

/// The array in the bytes of a .npy file, version 1 or 2, little-endian float32 in C order.
/// Fails with BadData; `name` is used in messages.
Result<NpyArray> parse_npy(std::span<const std::uint8_t> bytes, const std::string& name);

/// The same from a file. Fails with NotFound, Permission or BadData.
Result<NpyArray> read_npy(const std::filesystem::path& file);

/// Writes a .npy file of version 1. Fails with Io.
Status write_npy(const std::filesystem::path& file, const NpyArray& array);

}  // namespace tarsier::apps
