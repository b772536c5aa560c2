// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "plan/arena.h"
#include "plan/layout.h"
#include "plan/windows.h"

namespace tarsier::infer {
namespace {

// What loading, computing and storing one value costs at least.
constexpr double kWorkPerElement = 4;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

struct MoveArgs {
    std::uint8_t* to;
    const std::uint8_t* from;
    std::size_t bytes;
};

void move_rows(const void* args, int, int) {
    const auto& move = *static_cast<const MoveArgs*>(args);
    std::memmove(move.to, move.from, move.bytes);
}

/// Makes the calls of a network whose tensors have their places.
class Calls {
  public:
    Calls(const Net& net, const kernels::Table& table, const Layout& layout, Windows& windows,
          Plan& plan)
        : net_(net), table_(table), layout_(layout), windows_(windows), plan_(plan) {}

    /// The call of every step alone, in their order, and all runs of it in the order of `slices`.
    void run(const std::vector<Slice>& slices) {
        for (std::size_t i = 0; i < net_.steps.size(); ++i) plan_.calls.push_back(make(i));
        std::vector<int> calls(net_.steps.size());  // the latest ones of the steps
        for (std::size_t i = 0; i < calls.size(); ++i) calls[i] = static_cast<int>(i);
        for (const Slice& slice : slices) {
            for (const WindowMove& move : windows_.advance(slice)) {
                move_window(move, slice.step);
                for (const int other : windows_.steps(move.tensor)) calls[index(other)] = -1;
            }
            int& call = calls[index(slice.step)];
            if (call < 0) call = add(make(index(slice.step)));
            plan_.runs.push_back({call, slice.begin, slice.end, slice.step});
        }
    }

    Operand operand(int i) const {
        const NetTensor& tensor = net_.tensors[index(i)];
        const int root = net_.root(i);
        const std::size_t element = element_bytes(tensor.element);
        const int first = net_.is_slice(i) ? tensor.first_channel : 0;
        const int stride = layout_.strides[index(net_.is_slice(i) ? root : i)];
        std::uint8_t* const data = row(root, -windows_.base(root)) + index(first) * element;
        return {reinterpret_cast<float*>(data),
                stride,
                tensor.height,
                tensor.width,
                tensor.channels,
                element};
    }

  private:
    Call make(std::size_t i) {
        const NetStep& step = net_.steps[i];
        std::vector<Operand> inputs;
        for (const int input : step.inputs) inputs.push_back(operand(input));
        const StepView view(net_, step);
        Call call =
            find_op(step.op)->prepare(view, inputs, operand(step.output), table_, plan_.store);
        call.work =
            std::max(call.macs, kWorkPerElement * static_cast<double>(view.output().elements()));
        return call;
    }

    int add(const Call& call) {
        plan_.calls.push_back(call);
        return static_cast<int>(plan_.calls.size()) - 1;
    }

    /// Row y of the memory of a tensor without root.
    std::uint8_t* row(int tensor, int y) const {
        return plan_.arena.get() + layout_.blocks[index(tensor)].offset + y * row_bytes(tensor);
    }
    std::ptrdiff_t row_bytes(int tensor) const {
        const NetTensor& t = net_.tensors[index(tensor)];
        return std::ptrdiff_t{t.width} * layout_.strides[index(tensor)] *
               static_cast<std::ptrdiff_t>(element_bytes(t.element));
    }

    void move_window(const WindowMove& move, int step) {
        if (move.end <= move.first) return;
        const MoveArgs args{
            row(move.tensor, 0), row(move.tensor, move.first - move.before),
            index(move.end - move.first) * static_cast<std::size_t>(row_bytes(move.tensor))};
        plan_.runs.push_back({add({move_rows, plan_.store.keep(args), 1}), 0, 1, step});
    }

    const Net& net_;
    const kernels::Table& table_;
    const Layout& layout_;
    Windows& windows_;
    Plan& plan_;
};

}  // namespace

Result<Plan> make_plan(const Net& net, const kernels::Table& table, int threads) {
    const std::vector<Group> groups = find_groups(net, threads);
    const std::vector<Slice> slices = order_slices(net, groups);
    Windows windows(net, groups, slices);
    const Layout layout = make_layout(net, groups, windows);
    Plan plan;
    plan.arena_bytes = layout.bytes;
    plan.arena = allocate_arena(plan.arena_bytes);
    if (!plan.arena)
        return {Code::Exhausted,
                fmt::format("model '{}' needs {} bytes of memory", net.name, plan.arena_bytes)};
    Calls calls(net, table, layout, windows, plan);
    calls.run(slices);
    for (const NetPort& port : net.inputs) plan.inputs.push_back(calls.operand(port.tensor));
    for (const NetPort& port : net.outputs) plan.outputs.push_back(calls.operand(port.tensor));
    return plan;
}

}  // namespace tarsier::infer
