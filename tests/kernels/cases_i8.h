// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/kernels.h>

#include <functional>
#include <string>
#include <vector>

namespace tarsier::kernels {

/// One kernel on one problem of levels: proves that every level of instructions gives the bytes of
/// the scalar one, and measures it where it is of a size that networks have. Sources end kSlackI8
/// bytes behind the last channel.
struct LevelCase {
    std::string name;       ///< "conv1x1_i8/64x64_40to120"
    double macs = 0;        ///< multiply-accumulates, or values for kernels that have none
    std::size_t bytes = 0;  ///< of the destination, gaps between pixels included
    bool measured = false;
    std::function<void(const Table& table, std::uint8_t* dst)> run;
};

/// Every case of the kernels on levels. A new kernel gets a line here.
std::vector<LevelCase> level_cases();

}  // namespace tarsier::kernels
