// SPDX-License-Identifier: Apache-2.0
#include "plan/layout.h"

#include <algorithm>

namespace tarsier::infer {
namespace {

// Pixels a multiple of this apart meet few sets of a first-level cache of 4 KiB a way, and drive
// each other's rows out; a line between them helps.
constexpr std::size_t kAliasBytes = 512;
constexpr std::size_t kLineBytes = 64;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// Elements from pixel to pixel of each tensor that owns memory. Callers see ports dense, and what
/// is read in another shape stays so, too.
std::vector<int> pixel_strides(const Net& net) {
    std::vector<bool> dense(net.tensors.size());
    for (std::size_t i = 0; i < net.tensors.size(); ++i)
        if (net.tensors[i].root >= 0 && !net.is_slice(static_cast<int>(i)))
            dense[index(net.tensors[i].root)] = true;
    for (const auto* ports : {&net.inputs, &net.outputs})
        for (const NetPort& port : *ports) dense[index(port.tensor)] = true;
    std::vector<int> strides;
    for (std::size_t i = 0; i < net.tensors.size(); ++i) {
        const NetTensor& tensor = net.tensors[i];
        const std::size_t element = element_bytes(tensor.element);
        const std::size_t bytes = index(tensor.channels) * element;
        const bool pads = !dense[i] && bytes % kAliasBytes == 0 && tensor.height * tensor.width > 1;
        strides.push_back(tensor.channels + (pads ? static_cast<int>(kLineBytes / element) : 0));
    }
    return strides;
}

/// One block for each tensor that owns memory, alive from its first writer to its last reader,
/// throughout a group with bands.
std::vector<Block> lifetimes(const Net& net, const std::vector<Group>& groups,
                             const std::vector<int>& strides, const Windows& windows) {
    const int end = static_cast<int>(net.steps.size());
    std::vector<Block> blocks(net.tensors.size());
    for (std::size_t i = 0; i < net.tensors.size(); ++i) {
        const NetTensor& tensor = net.tensors[i];
        blocks[i].first = end;
        blocks[i].last = -1;
        if (tensor.root < 0)
            blocks[i].bytes = index(windows.rows(static_cast<int>(i))) * index(tensor.width) *
                                  index(strides[i]) * element_bytes(tensor.element) +
                              (tensor.element == ElementType::U8 ? kernels::kSlackI8 : 0);
    }
    const auto used = [&](int tensor, int step) {
        Block& block = blocks[index(net.root(tensor))];
        block.first = std::min(block.first, step);
        block.last = std::max(block.last, step);
    };
    for (const Group& group : groups) {
        for (int step = group.first; step < group.last; ++step) {
            const bool bands = group.band > 0;
            for (const int at : {bands ? group.first : step, bands ? group.last - 1 : step}) {
                for (const int i : net.steps[index(step)].inputs) used(i, at);
                used(net.steps[index(step)].output, at);
            }
        }
    }
    return blocks;
}

/// The input in whose memory each output lies; -1 for its own. An output that keeps a state and is
/// written only when all have read that state takes its place: there is nothing to copy after a
/// run.
std::vector<int> shared_states(const Net& net, const std::vector<Block>& blocks) {
    std::vector<int> shared(net.outputs.size(), -1);
    for (const StateInfo& state : net.states) {
        const Block& in = blocks[index(net.inputs[index(state.input)].tensor)];
        const Block& out = blocks[index(net.outputs[index(state.output)].tensor)];
        if (in.last < out.first) shared[index(state.output)] = state.input;
    }
    return shared;
}

/// Gives every block its place. Inputs are there from before the run to their last reader, outputs
/// from their first writer to after it, states throughout. Returns the bytes of the arena.
std::size_t place(const Net& net, std::vector<Block>& blocks) {
    const std::vector<int> shared = shared_states(net, blocks);
    const auto stay = [&](const NetPort& port, bool before, bool after) {
        Block& block = blocks[index(port.tensor)];
        block.first = before ? 0 : std::min(block.first, static_cast<int>(net.steps.size()));
        block.last = after ? static_cast<int>(net.steps.size()) : std::max(block.last, block.first);
    };
    for (const NetPort& port : net.inputs) stay(port, true, false);
    for (const NetPort& port : net.outputs) stay(port, false, true);
    for (const StateInfo& state : net.states) {
        stay(net.inputs[index(state.input)], true, true);
        stay(net.outputs[index(state.output)], true, true);
    }
    const auto block_of = [&](const NetPort& port) -> Block& { return blocks[index(port.tensor)]; };
    for (std::size_t i = 0; i < shared.size(); ++i)
        if (shared[i] >= 0) block_of(net.outputs[i]).bytes = 0;
    const std::size_t bytes = plan_arena(blocks);
    for (std::size_t i = 0; i < shared.size(); ++i)
        if (shared[i] >= 0)
            block_of(net.outputs[i]).offset = block_of(net.inputs[index(shared[i])]).offset;
    return bytes;
}

}  // namespace

Layout make_layout(const Net& net, const std::vector<Group>& groups, const Windows& windows) {
    Layout layout;
    layout.strides = pixel_strides(net);
    layout.blocks = lifetimes(net, groups, layout.strides, windows);
    layout.bytes = place(net, layout.blocks);
    return layout;
}

}  // namespace tarsier::infer
