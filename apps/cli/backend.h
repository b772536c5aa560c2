// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <tarsier/base/result.h>

namespace tarsier::cli {

/// Whether models can run on this backend here. Fails with Unavailable, for an unknown name with
/// Usage.
Status check_backend(const std::string& backend);

}  // namespace tarsier::cli
