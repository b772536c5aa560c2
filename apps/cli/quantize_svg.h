// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tarsier/infer/quantize.h>

namespace tarsier::cli {

/// A picture of the report: for every layer a bar of its signal-to-noise ratio, coloured by its
/// operator, pale where it stayed float. `budget_db` is drawn as a line unless it is 0.
std::string quantize_svg(const std::string& model, const infer::QuantizeReport& report,
                         double budget_db);

}  // namespace tarsier::cli
