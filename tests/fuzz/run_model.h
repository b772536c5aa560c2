// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/infer/session.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "format/net.h"

namespace tarsier::fuzz {

/// Work of one run() that is worth waiting for, in values and multiply-accumulates.
inline constexpr double kSmall = 1e6;

/// Runs a model that was taken, where that is quick: what passes verification must run.
inline void run_model(const std::shared_ptr<const infer::NetModel>& model) {
    double elements = 0;
    for (const infer::NetTensor& tensor : model->net().tensors)
        elements += static_cast<double>(tensor.elements());
    if (elements > kSmall) return;
    auto session = infer::Session::create(model);
    if (!session || !(*session)->run()) {
        std::fprintf(stderr, "a model that was verified does not run: %s\n",
                     session ? "run() fails" : session.error().to_string().c_str());
        std::abort();
    }
}

}  // namespace tarsier::fuzz
