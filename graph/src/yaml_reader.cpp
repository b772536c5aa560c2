// SPDX-License-Identifier: Apache-2.0
#include "yaml_reader.h"

#include <fmt/ranges.h>
#include <tarsier/base/assets.h>

#include <algorithm>
#include <charconv>

namespace tarsier {

std::optional<Scalar> YamlReader::scalar(const YAML::Node& value, const std::string& what) {
    if (value.IsScalar() && !visit_more(value.Scalar().size())) return std::nullopt;
    if (value.IsScalar()) return Scalar{value.Scalar(), at(value)};
    const char* got = value.IsNull() ? "nothing" : value.IsMap() ? "a map" : "a list";
    fail(at(value), fmt::format("{} is one value, here is {}", what, got));
    return std::nullopt;
}

std::optional<Scalar> YamlReader::choice(const YAML::Node& value, const std::string& what,
                                         const Names& names) {
    auto text = scalar(value, "'" + what + "'");
    if (!text || std::ranges::find(names, text->text) != names.end()) return text;
    fail(text->where, fmt::format("{}: '{}' is unknown", what, text->text),
         suggest(text->text, names));
    return std::nullopt;
}

std::optional<int> YamlReader::integer(const YAML::Node& value, const std::string& what, int low,
                                       int high) {
    const auto text = scalar(value, "'" + what + "'");
    if (!text) return std::nullopt;
    const char* const end = text->text.data() + text->text.size();
    int number = 0;
    const auto parsed = std::from_chars(text->text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number >= low && number <= high)
        return number;
    fail(text->where,
         fmt::format("{}: '{}', expected an integer {}..{}", what, text->text, low, high));
    return std::nullopt;
}

bool YamlReader::check_name(const std::string& name, const SourcePos& where,
                            std::string_view what) {
    const auto ok = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    if (!name.empty() && std::ranges::all_of(name, ok)) return true;
    fail(where, fmt::format("'{}' is no name of {}", name, what),
         "letters, digits, '_' and '-' are allowed");
    return false;
}

std::string suggest(std::string_view wanted, const YamlReader::Names& names) {
    if (const std::string_view near = closest(wanted, names); !near.empty())
        return fmt::format("did you mean '{}'?", near);
    return names.empty() ? "" : fmt::format("known: {}", fmt::join(names, ", "));
}

}  // namespace tarsier
