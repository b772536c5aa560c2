// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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

/// The array in the bytes of a .npy file of version 1, also of doubles and in Fortran's order.
inline Result<apps::NpyArray> any_npy(std::vector<std::uint8_t> bytes, const std::string& name) {
    const std::size_t length = bytes.size() < 10 ? 0 : bytes[8] + 256U * bytes[9];
    if (length == 0 || length > bytes.size() - 10) return apps::parse_npy(bytes, name);
    const auto begin = bytes.begin() + 10;
    const auto replace = [&](const std::string& from, const std::string& to) {  // of equal length
        const auto header_end = begin + static_cast<std::ptrdiff_t>(length);
        const auto found = std::search(begin, header_end, from.begin(), from.end());
        if (found == header_end) return false;
        std::copy(to.begin(), to.end(), found);
        return true;
    };
    if (replace("'<f8'", "'<f4'")) {
        std::vector<double> doubles((bytes.size() - 10 - length) / sizeof(double));
        std::memcpy(doubles.data(), &bytes[10 + length], doubles.size() * sizeof(double));
        const std::vector<float> floats(doubles.begin(), doubles.end());
        bytes.resize(10 + length + floats.size() * sizeof(float));
        std::memcpy(&bytes[10 + length], floats.data(), floats.size() * sizeof(float));
    }
    const bool fortran = replace("'fortran_order': True, ", "'fortran_order': False,");
    auto array = apps::parse_npy(bytes, name);
    if (!array || !fortran || array->shape.size() != 2) return array;
    const std::vector<float> turned = array->values;
    const auto rows = static_cast<std::size_t>(array->shape[0]);
    const auto columns = static_cast<std::size_t>(array->shape[1]);
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t column = 0; column < columns; ++column)
            array->values[row * columns + column] = turned[column * rows + row];
    return array;
}

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
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(data);
        auto array = any_npy({first, first + static_cast<std::ptrdiff_t>(size)}, name);
        if (!array) return {};
        arrays[name.substr(0, name.rfind('.'))] = std::move(*array);
        at = data + size;
    }
    return arrays;
}

}  // namespace tarsier::testing_support
