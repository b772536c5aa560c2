// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/infer/session.h>
#include <tarsier/kernels/kernels.h>

namespace tarsier::infer {

/// Session::create with the kernels of a table of one's choice, which tests use to run every level.
Result<std::unique_ptr<Session>> create_session(std::shared_ptr<const Model> model,
                                                const SessionOptions& options,
                                                const kernels::Table& table);

}  // namespace tarsier::infer
