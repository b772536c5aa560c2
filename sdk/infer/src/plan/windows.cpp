// SPDX-License-Identifier: Apache-2.0
#include "plan/windows.h"

#include <algorithm>
#include <utility>

#include "ops/op.h"

namespace tarsier::infer {
namespace {

// Rows of memory for each row that is alive at a time: with more than one, what is still needed
// moves less often.
constexpr int kRoom = 2;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// The first input row that output row y of a step meets.
int first_row(const Net& net, int step, int y) {
    const StepView view(net, net.steps[index(step)]);
    const Reach reach = find_op(view.step().op)->reach(view);
    return std::clamp(y * reach.stride - reach.pad, 0, view.input().height);
}

}  // namespace

Windows::Windows(const Net& net, const std::vector<Group>& groups, std::span<const Slice> slices)
    : net_(net),
      readers_(net.tensors.size()),
      writers_(net.tensors.size()),
      rows_(net.tensors.size()) {
    for (std::size_t i = 0; i < net.tensors.size(); ++i) rows_[i] = net.tensors[i].height;
    find_windows(groups);
    start();
    std::vector<int> alive(net.tensors.size());
    for (const Slice& slice : slices) {
        const int written = net_.root(net_.steps[index(slice.step)].output);
        if (!readers_[index(written)].empty()) {
            int& most = alive[index(written)];
            most = std::max(most, slice.end - needed(written));
        }
        done_[index(slice.step)] = slice.end;
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (readers_[i].empty()) continue;
        rows_[i] = std::min(rows_[i], kRoom * alive[i]);
        if (rows_[i] == net.tensors[i].height) readers_[i].clear();
    }
    start();
}

void Windows::start() {
    base_.assign(net_.tensors.size(), 0);
    end_.assign(net_.tensors.size(), 0);
    done_.assign(net_.steps.size(), 0);
}

void Windows::find_windows(const std::vector<Group>& groups) {
    std::vector<int> group_of(net_.tensors.size(), -1);  // the only one that touches a tensor
    std::vector<bool> fixed(net_.tensors.size());
    for (const auto* ports : {&net_.inputs, &net_.outputs})
        for (const NetPort& port : *ports) fixed[index(port.tensor)] = true;
    const auto touch = [&](int tensor, int group) {
        int& known = group_of[index(tensor)];
        if (known >= 0 && known != group) fixed[index(tensor)] = true;
        known = group;
    };
    for (std::size_t g = 0; g < groups.size(); ++g) {
        for (int step = groups[g].first; step < groups[g].last; ++step) {
            for (const int input : net_.steps[index(step)].inputs) {
                const int root = net_.root(input);
                touch(root, static_cast<int>(g));
                if (groups[g].band == 0) continue;
                std::vector<int>& readers = readers_[index(root)];
                if (readers.empty() || readers.back() != step) readers.push_back(step);
            }
            const int written = net_.root(net_.steps[index(step)].output);
            touch(written, static_cast<int>(g));
            writers_[index(written)].push_back(step);
        }
    }
    for (std::size_t i = 0; i < readers_.size(); ++i)
        if (fixed[i]) readers_[i].clear();
}

int Windows::needed(int tensor) const {
    int row = net_.tensors[index(tensor)].height;
    // What one of several writers has still to write has its place, too.
    for (const int step : writers_[index(tensor)]) row = std::min(row, done_[index(step)]);
    for (const int step : readers_[index(tensor)]) {
        const int done = done_[index(step)];
        if (done < net_.tensors[index(net_.steps[index(step)].output)].height)
            row = std::min(row, first_row(net_, step, done));
    }
    return row;
}

std::vector<int> Windows::steps(int i) const {
    std::vector<int> all = readers_[index(i)];
    all.insert(all.end(), writers_[index(i)].begin(), writers_[index(i)].end());
    return all;
}

std::vector<WindowMove> Windows::advance(const Slice& slice) {
    std::vector<WindowMove> moves;
    const int written = net_.root(net_.steps[index(slice.step)].output);
    if (!readers_[index(written)].empty()) {
        int& base = base_[index(written)];
        int& end = end_[index(written)];
        if (slice.end - base > rows(written)) {
            const int before = std::exchange(base, needed(written));
            moves.push_back({written, before, base, end});
        }
        end = std::max(end, slice.end);
    }
    done_[index(slice.step)] = slice.end;
    return moves;
}

}  // namespace tarsier::infer
