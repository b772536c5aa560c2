// SPDX-License-Identifier: Apache-2.0
#include <tarsier/base/result.h>

namespace tarsier {
namespace {

struct CodeRow {
    std::string_view name;
    int exit;
};

// In the order of enum Code.
constexpr CodeRow kCodes[] = {
    {"usage", 2},        {"invalid", 2},    {"graph", 78},       {"bad_data", 65},
    {"unsupported", 65}, {"not_found", 66}, {"unavailable", 69}, {"permission", 77},
    {"exhausted", 1},    {"io", 1},         {"cancelled", 1},    {"internal", 1},
};

}  // namespace

std::string_view code_name(Code code) { return kCodes[static_cast<int>(code)].name; }

int exit_code(Code code) { return kCodes[static_cast<int>(code)].exit; }

std::string SourcePos::to_string() const {
    std::string text = file;
    if (line > 0) text += ":" + std::to_string(line);
    if (line > 0 && column > 0) text += ":" + std::to_string(column);
    return text;
}

std::string Error::to_string() const {
    std::string text;
    if (where.known()) text += where.to_string() + ": ";
    text += "error: ";
    if (!node.empty()) text += "node '" + node + "': ";
    text += message;
    if (!hint.empty()) text += "\n  hint: " + hint;
    for (const Error& other : others) text += "\n" + other.to_string();
    return text;
}

}  // namespace tarsier
