// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/eval.h"

namespace tarsier::cli {

/// What one model did on a data set.
struct Evaluated {
    std::string model;
    Findings findings;
};

/// Writes `folder`/index.html and what it shows: the measures of all models side by side, curves of
/// the models over each other, for each model its confusions and its worst examples. `folder` is
/// made where it is missing. Fails with Io, NotFound or Permission.
Status write_eval_report(const std::filesystem::path& folder, const std::string& title,
                         const std::vector<Evaluated>& models);

}  // namespace tarsier::cli
