// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/kernels.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tarsier::kernels {

/// One kernel on one problem: proves every level against scalar, and measures it where it is of a
/// size that networks have. Sources end exactly where the last channel does, so that a sanitizer
/// sees every byte too far.
struct TensorCase {
    std::string name;        ///< "conv1x1_f32/64x64_40to120"
    double macs = 0;         ///< multiply-accumulates, or values for kernels that have none
    std::size_t floats = 0;  ///< of the destination, gaps between pixels included
    bool measured = false;
    std::function<void(const Table& table, float* dst)> run;
};

/// Every case of the tensor kernels. A new kernel gets a line here.
std::vector<TensorCase> tensor_cases();

}  // namespace tarsier::kernels
