// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "passes/channel_origins.h"
#include "passes/passes.h"

namespace tarsier::infer::convert {
namespace {

using Order = std::vector<std::size_t>;

/// Brings `order.size()` equal blocks of each of `count` parts of `values` into an order.
void reorder(std::vector<float>& values, std::size_t count, const Order& order) {
    if (values.empty()) return;
    const std::size_t part = values.size() / count;
    const std::size_t block = part / order.size();
    std::vector<float> sorted;
    sorted.reserve(values.size());
    for (std::size_t i = 0; i < count; ++i)
        for (const std::size_t at : order) {
            const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * part + at * block);
            sorted.insert(sorted.end(), first, first + static_cast<std::ptrdiff_t>(block));
        }
    values = std::move(sorted);
}

class Rewriting {
  public:
    Rewriting(Graph& graph, const ChannelOrigins& origins) : graph_(graph), origins_(origins) {}

    void run() {
        for (const Node& node : graph_.nodes)
            if (node.channelwise()) by_window_.insert(node.inputs[0]);
        std::vector<Node> nodes = std::move(graph_.nodes);
        graph_.nodes.clear();
        for (Node& node : nodes) {
            if (node.convolves() || node.channelwise()) rewrite(node);
            graph_.nodes.push_back(std::move(node));
        }
        graph_.erase_dead();
    }

  private:
    void rewrite(Node& node) {
        const std::string input = node.inputs[0];
        const bool channelwise = node.channelwise();
        if (const auto moved = reordered_.find(input); moved != reordered_.end()) {
            reorder(node.weights, node.bias.size(), moved->second);
        } else if (const auto found = origins_.values.find(input); found != origins_.values.end()) {
            const Order& order = found->second.order;
            reorder(node.weights, channelwise ? 1 : node.bias.size(), order);
            if (channelwise) {
                reorder(node.bias, 1, order);
                reordered_[node.output] = order;
            }
            // What is in one place for a window is best read there by all.
            node.inputs = parts(input, found->second);
            if (by_window_.count(input) != 0) node.inputs = {gathered(input, node.inputs)};
        }
        if (const auto rows = origins_.reordered.find(node.output);
            rows != origins_.reordered.end()) {
            reorder(node.weights, 1, rows->second);
            reorder(node.bias, 1, rows->second);
        }
    }

    /// The values that hold the runs, slices where they are not whole.
    const std::vector<std::string>& parts(const std::string& value, const Gathered& gathered) {
        const auto [entry, added] = parts_.emplace(value, std::vector<std::string>());
        if (!added) return entry->second;
        for (const ChannelRun& run : gathered.runs) {
            const Value shape = graph_.values.at(run.value);
            std::string part = run.value;
            if (shape.channels != run.count) {
                part = add("slice", value, {part}, {run.count, shape.height, shape.width, {}, 0});
                graph_.nodes.back().attributes["first_channel"] = run.first;
            }
            entry->second.push_back(part);
        }
        return entry->second;
    }

    std::string gathered(const std::string& value, const std::vector<std::string>& parts) {
        if (parts.size() == 1) return parts[0];
        std::string& made = gathered_[value];
        const Value shape = graph_.values.at(value);
        if (made.empty())
            made = add("concat", value, parts, {shape.channels, shape.height, shape.width, {}, 0});
        return made;
    }

    std::string add(const char* op, const std::string& name, const std::vector<std::string>& inputs,
                    const Value& shape) {
        Node node;
        node.op = op;
        node.name = name;
        node.inputs = inputs;
        node.output = graph_.fresh(name + "/" + op);
        graph_.values[node.output] = shape;
        graph_.nodes.push_back(std::move(node));
        return graph_.nodes.back().output;
    }

    Graph& graph_;
    const ChannelOrigins& origins_;
    std::set<std::string> by_window_;  ///< values that a window slides over
    std::map<std::string, std::vector<std::string>> parts_;
    std::map<std::string, std::string> gathered_;
    std::map<std::string, Order> reordered_;  ///< by such windows
};

}  // namespace

void read_in_place(Graph& graph) {
    const ChannelOrigins origins = find_channel_origins(graph);
    if (!origins.values.empty()) Rewriting(graph, origins).run();
}

}  // namespace tarsier::infer::convert
