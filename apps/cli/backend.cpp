// SPDX-License-Identifier: Apache-2.0
#include "cli/backend.h"

namespace tarsier::cli {

Status check_backend(const std::string& backend) {
    if (backend == "cpu") return Ok{};
    if (backend == "vulkan")
        return {Code::Unavailable, "this build has no Vulkan backend", "use --backend cpu"};
    return {Code::Usage, "there is no backend '" + backend + "'", "use --backend cpu"};
}

}  // namespace tarsier::cli
