// SPDX-License-Identifier: Apache-2.0
#include "plan/bands.h"

#include <algorithm>

namespace tarsier::infer {
namespace {

constexpr int kMaxSteps = 16;  ///< of a group: each adds rows that wait in the cache
constexpr int kMinRows = 8;    ///< below this bands are too thin to be worth it
constexpr std::int64_t kWorthBands = 1'000'000;  ///< bytes that would leave the cache
// What a thread makes of a band; twice that stays alive. Where threads share bands, each edge moves
// rows from cache to cache, so fewer and larger ones pay for their memory.
constexpr std::int64_t kBandBytes = 256 * 1024;
constexpr std::int64_t kSharedBandBytes = 1024 * 1024;

const NetTensor& tensor(const Net& net, int i) { return net.tensors[static_cast<std::size_t>(i)]; }
const NetStep& step_at(const Net& net, int i) { return net.steps[static_cast<std::size_t>(i)]; }

std::int64_t bytes(const NetTensor& tensor) {
    return tensor.elements() * static_cast<std::int64_t>(element_bytes(tensor.element));
}

/// Whether row y of the tensor is row y of the memory behind it.
bool keeps_rows(const Net& net, int i) { return tensor(net, i).root < 0 || net.is_slice(i); }

bool can_band(const Net& net, int i) {
    const NetStep& step = step_at(net, i);
    if (!find_op(step.op)->reach || !keeps_rows(net, step.output)) return false;
    const int height = tensor(net, step.inputs.front()).height;
    return std::all_of(step.inputs.begin(), step.inputs.end(), [&](int input) {
        return keeps_rows(net, input) && tensor(net, input).height == height;
    });
}

/// Whether step `consumer` reads memory that step `producer` writes.
bool reads(const Net& net, int consumer, int producer) {
    const int written = net.root(step_at(net, producer).output);
    const auto& inputs = step_at(net, consumer).inputs;
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](int input) { return net.root(input) == written; });
}

/// A step that leaves fewer channels than it reads, or a pool that leaves fewer pixels: a good
/// place to begin anew, for little is kept.
bool narrows(const Net& net, int i) {
    const NetStep& step = step_at(net, i);
    const NetTensor& from = tensor(net, step.inputs.front());
    const NetTensor& to = tensor(net, step.output);
    return to.channels < from.channels || (step.constants.empty() && bytes(to) < bytes(from));
}

bool belongs(const Net& net, int first, int next) {
    if (next - first >= kMaxSteps || narrows(net, next - 1) || !can_band(net, next)) return false;
    for (int i = first; i < next; ++i)
        if (reads(net, next, i)) return true;
    return false;
}

int band_of(const Net& net, int first, int last, int threads) {
    const int height = tensor(net, step_at(net, last - 1).output).height;
    if (last - first < 2 || height < kMinRows) return 0;
    std::int64_t total = 0;
    for (int i = first; i < last; ++i) total += bytes(tensor(net, step_at(net, i).output));
    if (total < kWorthBands) return 0;
    const std::int64_t worth = threads > 1 ? kSharedBandBytes : kBandBytes;
    const auto rows = static_cast<int>(worth * height / total);
    return std::min(std::max(rows, 2) * threads, height);
}

/// Input rows behind the last one that output rows [0, end) need.
int rows_needed(const Net& net, int i, int end) {
    const StepView view(net, step_at(net, i));
    const Reach reach = find_op(view.step().op)->reach(view);
    const int last = (end - 1) * reach.stride - reach.pad + reach.rows;
    return std::clamp(last, 0, view.input().height);
}

void order_group(const Net& net, const Group& group, std::vector<Slice>& slices) {
    const auto count = static_cast<std::size_t>(group.last - group.first);
    std::vector<int> done(count);
    std::vector<int> need(count);
    const int height = tensor(net, step_at(net, group.last - 1).output).height;
    for (int end = group.band; done.back() < height; end += group.band) {
        need = done;
        need.back() = std::min(end, height);
        for (int i = group.last - 1; i >= group.first; --i) {
            int& own = need[static_cast<std::size_t>(i - group.first)];
            if (end >= height) own = tensor(net, step_at(net, i).output).height;
            if (own == 0) continue;
            const int rows = rows_needed(net, i, own);
            for (int j = group.first; j < i; ++j) {
                int& producers = need[static_cast<std::size_t>(j - group.first)];
                if (reads(net, i, j)) producers = std::max(producers, rows);
            }
        }
        for (int i = group.first; i < group.last; ++i) {
            const auto at = static_cast<std::size_t>(i - group.first);
            if (need[at] > done[at]) slices.push_back({i, done[at], need[at]});
            done[at] = std::max(done[at], need[at]);
        }
    }
}

}  // namespace

std::vector<Group> find_groups(const Net& net, int threads) {
    std::vector<Group> groups;
    const int count = static_cast<int>(net.steps.size());
    for (int first = 0; first < count;) {
        int last = first + 1;
        if (can_band(net, first))
            while (last < count && belongs(net, first, last)) ++last;
        groups.push_back({first, last, band_of(net, first, last, threads)});
        first = last;
    }
    return groups;
}

std::vector<Slice> order_slices(const Net& net, const std::vector<Group>& groups) {
    std::vector<Slice> slices;
    for (const Group& group : groups) {
        if (group.band > 0) {
            order_group(net, group, slices);
        } else {
            for (int i = group.first; i < group.last; ++i)
                slices.push_back({i, 0, tensor(net, step_at(net, i).output).height});
        }
    }
    return slices;
}

}  // namespace tarsier::infer
