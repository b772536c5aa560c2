// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tarsier::infer {

/// The first 64 bytes of a .tsr file, little endian. The graph section follows at once, the weights
/// section at the next multiple of 64, and the file ends with it.
struct FileHeader {
    char magic[8];
    std::uint64_t version;
    std::uint64_t checksum;  ///< of everything that follows it
    std::uint64_t graph_bytes;
    std::uint64_t weight_bytes;
    std::uint8_t reserved[24];
};
static_assert(sizeof(FileHeader) == 64);

inline constexpr char kMagic[8] = {'T', 'A', 'R', 'S', 'I', 'E', 'R', '\n'};
inline constexpr std::uint64_t kVersion = 1;
inline constexpr std::size_t kChecksummed = offsetof(FileHeader, graph_bytes);  ///< from here on
inline constexpr std::uint64_t kAlignment = 64;

constexpr std::uint64_t align_up(std::uint64_t n) {
    return (n + kAlignment - 1) / kAlignment * kAlignment;
}

/// FNV-1a over little-endian words of eight bytes, the last one padded with zeros: every flipped
/// bit shows.
inline std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&hash](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3U; };
    std::uint64_t word = 0;
    // Whole words apart: a file of ten megabytes is to be checked in a millisecond or so.
    for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        add(word);
    }
    word = 0;
    if (!bytes.empty()) {
        std::memcpy(&word, bytes.data(), bytes.size());
        add(word);
    }
    return hash;
}

}  // namespace tarsier::infer
