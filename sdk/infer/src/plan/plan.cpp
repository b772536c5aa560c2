// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/arena.h"

namespace tarsier::infer {
namespace {

// What loading, computing and storing one value costs at least.
constexpr double kWorkPerElement = 4;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// One block for each tensor that owns memory, alive from its first writer to its last reader,
/// throughout a group with bands.
/// Inputs and outputs of the network live throughout, so that callers may write and read them at
/// any time between runs.
std::vector<Block> lifetimes(const Net& net, const std::vector<Group>& groups) {
    const int end = static_cast<int>(net.steps.size());
    std::vector<Block> blocks(net.tensors.size());
    for (std::size_t i = 0; i < net.tensors.size(); ++i) {
        const NetTensor& tensor = net.tensors[i];
        blocks[i].first = end;
        blocks[i].last = -1;
        if (tensor.root < 0)
            blocks[i].bytes = index(static_cast<int>(tensor.elements())) *
                                  element_bytes(tensor.element) +
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
    for (const auto* ports : {&net.inputs, &net.outputs}) {
        for (const NetPort& port : *ports) {
            used(port.tensor, 0);
            used(port.tensor, end);
        }
    }
    return blocks;
}

Operand operand(const Net& net, int i, const std::vector<Block>& blocks, std::uint8_t* arena) {
    const NetTensor& tensor = net.tensors[index(i)];
    const std::size_t root = index(net.root(i));
    const std::size_t element = element_bytes(tensor.element);
    const bool slice = net.is_slice(i);
    std::uint8_t* const data =
        arena + blocks[root].offset + (slice ? index(tensor.first_channel) * element : 0);
    return {reinterpret_cast<float*>(data),
            slice ? net.tensors[root].channels : tensor.channels,
            tensor.height,
            tensor.width,
            tensor.channels,
            element};
}

}  // namespace

Result<Plan> make_plan(const Net& net, const kernels::Table& table) {
    const std::vector<Group> groups = find_groups(net);
    std::vector<Block> blocks = lifetimes(net, groups);
    Plan plan;
    plan.arena_bytes = plan_arena(blocks);
    plan.arena = allocate_arena(plan.arena_bytes);
    if (!plan.arena)
        return {Code::Exhausted,
                fmt::format("model '{}' needs {} bytes of memory", net.name, plan.arena_bytes)};
    const auto at = [&](int tensor) { return operand(net, tensor, blocks, plan.arena.get()); };
    for (const NetStep& step : net.steps) {
        std::vector<Operand> inputs;
        for (const int i : step.inputs) inputs.push_back(at(i));
        const StepView view(net, step);
        Call call = find_op(step.op)->prepare(view, inputs, at(step.output), table, plan.store);
        call.work =
            std::max(call.macs, kWorkPerElement * static_cast<double>(view.output().elements()));
        plan.calls.push_back(call);
    }
    plan.slices = order_slices(net, groups, plan.calls);
    for (const NetPort& port : net.inputs) plan.inputs.push_back(at(port.tensor));
    for (const NetPort& port : net.outputs) plan.outputs.push_back(at(port.tensor));
    return plan;
}

}  // namespace tarsier::infer
