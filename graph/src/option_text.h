// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/option.h>
#include <string>
#include <string_view>

namespace tarsier {

/// What values an option takes, for messages: "an integer 0..255".
std::string expected_text(const OptionBase& option);

/// The value that `text` from a graph file stands for, by the option's type; the text itself when
/// it is none, so that set() can say what was expected.
OptionValue read_option(const OptionBase& option, std::string_view text);

}  // namespace tarsier
