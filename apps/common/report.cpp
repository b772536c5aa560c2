// SPDX-License-Identifier: Apache-2.0
#include "common/report.h"
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace tarsier::apps {
namespace {

constexpr std::size_t kMaxExcerpt = 160;

/// Line `number` of a text file without its end; empty when it cannot be had.
std::string line_of(const std::string& file, int number) {
    std::ifstream in(file);
    std::string line;
    for (int i = 0; i < number; ++i)
        if (!std::getline(in, line)) return {};
    return line.size() <= kMaxExcerpt ? line : std::string();
}

std::string excerpt(const SourcePos& where) {
    if (where.line <= 0) return {};
    const std::string line = line_of(where.file, where.line);
    if (line.empty()) return {};
    std::string text = fmt::format("{:>5} | {}\n", where.line, line);
    if (where.column > 0) text += fmt::format("      | {:>{}}\n", "^", where.column);
    return text;
}

}  // namespace

nlohmann::json to_json(const Error& error) {
    nlohmann::json json{{"code", code_name(error.code)}, {"message", error.message}};
    if (!error.node.empty()) json["node"] = error.node;
    if (error.where.known()) {
        json["file"] = error.where.file;
        if (error.where.line > 0) json["line"] = error.where.line;
        if (error.where.column > 0) json["column"] = error.where.column;
    }
    if (!error.hint.empty()) json["hint"] = error.hint;
    return json;
}

std::string format_error(const Error& error, bool color) {
    const char* const red = color ? "\x1b[1;31m" : "";
    const char* const cyan = color ? "\x1b[36m" : "";
    const char* const plain = color ? "\x1b[0m" : "";
    std::string text;
    if (error.where.known()) text += error.where.to_string() + ": ";
    text += fmt::format("{}error:{} ", red, plain);
    if (!error.node.empty()) text += fmt::format("node '{}': ", error.node);
    text += error.message + "\n" + excerpt(error.where);
    if (!error.hint.empty()) text += fmt::format("  {}hint:{} {}\n", cyan, plain, error.hint);
    for (const Error& other : error.others) text += format_error(other, color);
    return text;
}

int report(const Error& error) {
    const bool color = isatty(STDERR_FILENO) && !std::getenv("NO_COLOR");
    std::fputs(format_error(error, color).c_str(), stderr);
    return exit_code(error.code);
}

}  // namespace tarsier::apps
