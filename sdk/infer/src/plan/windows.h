// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "format/net.h"
#include "plan/bands.h"

namespace tarsier::infer {

/// What happens to a tensor of which only some rows exist at a time: from now on row `first` lies
/// where its memory begins, not row `before`; rows [first, end) are still needed and move there.
struct WindowMove {
    int tensor = 0;
    int before = 0;
    int first = 0;
    int end = 0;
};

/// Follows the rows of tensors that are written and read in bands only. A row is needed until all
/// steps that read it have passed it; what lies before can be written over, so that a unit's wide
/// tensors stay in the second-level cache however high they are.
class Windows {
  public:
    /// Finds such tensors, and how many rows of each are alive at a time when `slices` run.
    Windows(const Net& net, const std::vector<Group>& groups, std::span<const Slice> slices);

    /// Rows that tensor i, which has no root, needs memory for.
    int rows(int i) const { return rows_[static_cast<std::size_t>(i)]; }
    /// The row of tensor i that lies where its memory begins, at this point of the execution.
    int base(int i) const { return base_[static_cast<std::size_t>(i)]; }

    /// The steps that read or write such a tensor.
    std::vector<int> steps(int i) const;

    /// What must move before a slice can run. Slices come in their order.
    std::vector<WindowMove> advance(const Slice& slice);

  private:
    void find_windows(const std::vector<Group>& groups);
    void start();
    /// The first row of a tensor that some step still has to read or write.
    int needed(int tensor) const;

    const Net& net_;
    std::vector<std::vector<int>> readers_;  ///< steps; of tensors that may have a window
    std::vector<std::vector<int>> writers_;
    std::vector<int> rows_;
    std::vector<int> base_;
    std::vector<int> end_;   ///< of the rows that are written
    std::vector<int> done_;  ///< rows of each step
};

}  // namespace tarsier::infer
