// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "common/npy.h"

namespace tarsier::testing_support {

/// The arrays of an uncompressed .npz file (numpy.savez) by name; empty when it cannot be read.
inline std::map<std::string, apps::NpyArray> read_npz(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in),
                                          std::istreambuf_iterator<char>()};
    const auto number = [&](std::size_t at, std::size_t width) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) value |= std::uint64_t{bytes[at + i]} << (8 * i);
        return static_cast<std::size_t>(value);
    };
    constexpr std::size_t kLocalHeader = 30;
    constexpr std::uint32_t kSignature = 0x04034b50;
    std::map<std::string, apps::NpyArray> arrays;
    for (std::size_t at = 0; at + kLocalHeader <= bytes.size() && number(at, 4) == kSignature;) {
        const std::size_t name_bytes = number(at + 26, 2);
        const std::size_t extra_bytes = number(at + 28, 2);
        const std::size_t data = at + kLocalHeader + name_bytes + extra_bytes;
        if (number(at + 8, 2) != 0 || data > bytes.size()) return {};  // compressed or damaged
        std::size_t size = number(at + 18, 4);
        if (size == 0xffffffff) size = number(at + kLocalHeader + name_bytes + 4 + 8, 8);  // zip64
        if (size > bytes.size() - data) return {};
        const std::string name(
            bytes.begin() + static_cast<std::ptrdiff_t>(at + kLocalHeader),
            bytes.begin() + static_cast<std::ptrdiff_t>(at + kLocalHeader + name_bytes));
        auto array = apps::parse_npy({bytes.data() + data, size}, name);
        if (!array) return {};
        arrays[name.substr(0, name.rfind('.'))] = std::move(*array);
        at = data + size;
    }
    return arrays;
}

}  // namespace tarsier::testing_support
