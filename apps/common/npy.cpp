// SPDX-License-Identifier: Apache-2.0
#include "common/npy.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

namespace tarsier::apps {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::int64_t kMaxElements = std::int64_t{1} << 30;
constexpr std::size_t kAlignment = 64;

/// What follows `'key':` in the header's dictionary.
std::string_view after(std::string_view header, std::string_view key) {
    std::size_t at = header.find(fmt::format("'{}':", key));
    if (at == std::string_view::npos) return {};
    at = header.find_first_not_of(' ', at + key.size() + 3);
    return at == std::string_view::npos ? std::string_view() : header.substr(at);
}

/// The numbers of "(1, 3, 256, 256)"; false when it is anything else, or more than 2^30 elements.
bool parse_shape(std::string_view text, std::vector<std::int64_t>& shape) {
    if (text.empty() || text[0] != '(') return false;
    text.remove_prefix(1);
    std::int64_t elements = 1;
    for (;;) {
        while (!text.empty() && (text[0] == ' ' || text[0] == ',')) text.remove_prefix(1);
        if (text.empty()) return false;
        if (text[0] == ')') return true;
        std::int64_t dim = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), dim);
        if (error != std::errc() || dim < 0 || dim > kMaxElements || elements * dim > kMaxElements)
            return false;
        elements *= dim;
        shape.push_back(dim);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
}

/// The header's dictionary and what follows it; false when the file is too short.
bool split(std::string_view file, std::string_view& header, std::string_view& data) {
    if (file.size() < 10 || !file.starts_with(kMagic)) return false;
    const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(file[i]));
    };
    std::size_t start = 10;
    std::size_t length = byte(8) | byte(9) << 8;
    if (file[6] == 2) {
        if (file.size() < 12) return false;
        start = 12;
        length |= byte(10) << 16 | byte(11) << 24;
    } else if (file[6] != 1) {
        return false;
    }
    if (length > file.size() - start) return false;
    header = file.substr(start, length);
    data = file.substr(start + length);
    return true;
}

}  // namespace

std::string NpyArray::shape_text() const { return fmt::format("{}", fmt::join(shape, "x")); }

Result<NpyArray> parse_npy(std::span<const std::uint8_t> bytes, const std::string& name) {
    const auto bad = [&](const char* what) -> Error {
        return make_error(Code::BadData, name + ": " + what,
                          "save it with numpy.save(file, array.astype('float32'))");
    };
    std::string_view header;
    std::string_view data;
    if (!split({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, header, data))
        return bad("not a .npy file of version 1 or 2");
    if (!after(header, "descr").starts_with("'<f4'")) return bad("does not hold float32 values");
    if (!after(header, "fortran_order").starts_with("False")) return bad("is not in C order");
    NpyArray array;
    if (!parse_shape(after(header, "shape"), array.shape)) return bad("has no usable shape");
    std::size_t elements = 1;
    for (const std::int64_t dim : array.shape) elements *= static_cast<std::size_t>(dim);
    if (data.size() != elements * sizeof(float)) return bad("is truncated or too long");
    array.values.resize(elements);
    if (elements > 0) std::memcpy(array.values.data(), data.data(), data.size());
    return array;
}

Result<NpyArray> read_npy(const std::filesystem::path& file) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return {errno == EACCES ? Code::Permission : Code::NotFound,
                fmt::format("{}: {}", file.string(), std::strerror(errno))};
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in),
                                          std::istreambuf_iterator<char>()};
    return parse_npy(bytes, file.string());
}

Status write_npy(const std::filesystem::path& file, const NpyArray& array) {
    std::string shape;
    for (const std::int64_t dim : array.shape) shape += fmt::format("{}, ", dim);
    std::string header =
        fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", shape);
    const std::size_t unpadded = kMagic.size() + 4 + header.size() + 1;
    header.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
    header += '\n';
    std::ofstream out(file, std::ios::binary);
    out << kMagic << '\x01' << '\0' << static_cast<char>(header.size() & 0xff)
        << static_cast<char>(header.size() >> 8) << header;
    out.write(reinterpret_cast<const char*>(array.values.data()),
              static_cast<std::streamsize>(array.values.size() * sizeof(float)));
    out.close();
    if (!out)
        return {Code::Io, fmt::format("{}: cannot write: {}", file.string(), std::strerror(errno))};
    return Ok{};
}

}  // namespace tarsier::apps
