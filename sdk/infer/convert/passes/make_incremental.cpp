// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "passes/passes.h"
#include "view.h"

namespace tarsier::infer::convert {
namespace {

/// How far a value is while the signal comes in: each run makes `count` columns, which are `lag`
/// columns behind what the whole signal's network would have made by then.
struct Progress {
    int count = 0;
    int lag = 0;
};

int ceil_divide(int a, int b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

class Incremental {
  public:
    Incremental(Graph& graph, int hop) : graph_(graph), hop_(hop) {}

    Status run() {
        if (graph_.inputs.size() != 1)
            return {Code::Unsupported, "an incremental model has one input"};
        Port& input = graph_.inputs[0];
        Value& shape = graph_.values.at(input.value);
        if (input.info.shape.rank() != 4 || shape.height != 1)
            return {Code::Unsupported, "an incremental model takes columns: 1xCx1xT"};
        shape.width = hop_;
        input.info.shape[3] = hop_;
        progress_[input.value] = {hop_, 0};
        const std::vector<Node> nodes = std::move(graph_.nodes);
        graph_.nodes.clear();
        for (const Node& node : nodes) TARSIER_CHECK(add(node));
        for (const Port& port : graph_.outputs)
            if (progress_.count(port.value) != 0)
                return {Code::Unsupported,
                        fmt::format("output '{}' is not of all columns", port.info.name)};
        for (std::size_t i = 0; i < states_.size(); ++i) graph_.outputs.push_back(states_[i]);
        return Ok{};
    }

  private:
    Error unsupported(const Node& node, const char* what) const {
        return make_error(Code::Unsupported,
                          fmt::format("node '{}' ({}): {}", node.name, node.op, what),
                          "convert it without a hop");
    }

    Status add(const Node& node) {
        const bool columns =
            std::any_of(node.inputs.begin(), node.inputs.end(),
                        [&](const std::string& name) { return progress_.count(name) != 0; });
        if (!columns) {
            graph_.nodes.push_back(node);
            return Ok{};
        }
        if (node.op == "conv" || node.op == "depthwise") return add_window(node);
        if (node.op == "add" || node.op == "mul") return add_pair(node);
        if (node.op == "average_pool") return add_mean(node);
        constexpr const char* kEach[] = {"conv1x1", "clamp", "sigmoid", "prelu", "hard_swish"};
        if (std::find(std::begin(kEach), std::end(kEach), node.op) == std::end(kEach))
            return unsupported(node, "cannot be made incremental");
        push(node, progress_.at(node.inputs[0]));
        return Ok{};
    }

    void push(Node node, const Progress& progress) {
        progress_[node.output] = progress;
        graph_.values.at(node.output).width = progress.count;
        graph_.nodes.push_back(std::move(node));
    }

    /// Columns [first, first + count) of a value.
    std::string columns(const std::string& value, int first, int count, const std::string& name) {
        const Value shape = graph_.values.at(value);
        View view = whole(value, shape, {1, shape.channels, 1, shape.width}, Layout::Picture);
        view = *sliced(view, 3, first, count, 1);
        return materialize(graph_, name, view, Layout::Picture);
    }

    /// A value with the `history` columns before it, which a state keeps.
    std::string with_history(const std::string& value, int history, const std::string& name) {
        if (history == 0) return value;
        Value shape = graph_.values.at(value);
        const int count = shape.width;
        const std::string state = graph_.fresh(fmt::format("state{}", states_.size()));
        shape.width = history;
        graph_.values[state] = shape;
        TensorInfo info{state, Shape{1, shape.channels, 1, history}, ElementType::F32};
        graph_.inputs.push_back({info, state});
        Node join;
        join.op = "join";
        join.name = name;
        join.attributes["axis"] = 1;
        join.inputs = {state, value};
        join.output = graph_.fresh(name + "/history");
        shape.width = history + count;
        graph_.values[join.output] = shape;
        const std::string joined = join.output;
        graph_.nodes.push_back(std::move(join));
        info.name = state + "_out";
        states_.push_back({info, columns(joined, count, history, name + "/state")});
        return joined;
    }

    /// Output column o of the whole signal reads the input from o * stride - pad on.
    Status add_window(const Node& node) {
        const Progress in = progress_.at(node.inputs[0]);
        const auto integer = [&](const char* key, int otherwise) {
            return static_cast<int>(node.number(key, otherwise));
        };
        const int stride = integer("stride_w", 1);
        const int pad = integer("pad_left", 0);
        const int reach = (integer("kernel_w", 1) - 1) * integer("dilation_w", 1) + 1;
        if (in.count % stride != 0)
            return unsupported(node, "the hop is no multiple of all strides");
        Progress out;
        out.count = in.count / stride;
        out.lag = ceil_divide(in.lag + reach - pad - stride, stride);
        const int history = out.lag * stride + pad - in.lag;
        Node moved = node;
        moved.inputs[0] = history >= 0
                              ? with_history(node.inputs[0], history, node.name)
                              : columns(node.inputs[0], -history, in.count + history, node.name);
        moved.attributes["pad_left"] = 0;
        moved.attributes["pad_right"] = 0;
        push(std::move(moved), out);
        return Ok{};
    }

    /// The operand that is ahead waits for the other.
    Status add_pair(const Node& node) {
        for (const std::string& input : node.inputs)
            if (progress_.count(input) == 0) return unsupported(node, "mixes columns and others");
        Progress out = progress_.at(node.inputs[0]);
        for (const std::string& input : node.inputs) {
            if (progress_.at(input).count != out.count)
                return unsupported(node, "its operands come at different rates");
            out.lag = std::max(out.lag, progress_.at(input).lag);
        }
        Node moved = node;
        for (std::string& input : moved.inputs)
            if (const int wait = out.lag - progress_.at(input).lag; wait > 0)
                input = columns(with_history(input, wait, node.name), 0, out.count, node.name);
        push(std::move(moved), out);
        return Ok{};
    }

    /// The mean of all columns becomes that of as many latest ones.
    Status add_mean(const Node& node) {
        const Progress in = progress_.at(node.inputs[0]);
        const int all = static_cast<int>(node.number("kernel_w", 1));
        if (graph_.values.at(node.output).width != 1 || all < in.count)
            return unsupported(node, "only means of all columns can be incremental");
        Node moved = node;
        moved.inputs[0] = with_history(node.inputs[0], all - in.count, node.name);
        graph_.nodes.push_back(std::move(moved));
        return Ok{};
    }

    Graph& graph_;
    int hop_;
    std::map<std::string, Progress> progress_;  ///< of values that are columns of the signal
    std::vector<Port> states_;
};

}  // namespace

Status make_incremental(Graph& graph, int hop) { return Incremental(graph, hop).run(); }

}  // namespace tarsier::infer::convert
