// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/infer/session.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tarsier::cli {

/// Draws the steps of a plan from left to right: as wide as the time they took, filled as high as
/// the share of `peak` (multiply-accumulates per microsecond) that they reach, named when the
/// pointer rests on them. Fails with NotFound or Permission.
Status write_layers_svg(const std::filesystem::path& file, const std::string& title,
                        const std::vector<infer::StepTime>& steps, double peak);

}  // namespace tarsier::cli
