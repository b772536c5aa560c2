// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>

#include <nlohmann/json.hpp>
#include <string>

namespace tarsier::apps {

/// An error as JSON: code, message, node, file, line, column, hint; empty parts left out. Its
/// `others` are not included. The names are a contract.
nlohmann::json to_json(const Error& error);

/// An error as a compiler would print it: place, message, the line of the file with a caret under
/// the column, the hint; then the other errors. Ends with a newline. `color` adds terminal colours.
std::string format_error(const Error& error, bool color);

/// Prints an error to stderr and returns the exit code that goes with it.
int report(const Error& error);

}  // namespace tarsier::apps
