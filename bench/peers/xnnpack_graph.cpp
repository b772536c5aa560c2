// SPDX-License-Identifier: Apache-2.0
#include "xnnpack_graph.h"

#include <algorithm>

#include "ops/resize.h"
#include "passes/passes.h"
#include "plan/arena.h"

namespace tarsier::peers {
namespace {

using infer::Block;
using infer::convert::Graph;
using infer::convert::Node;
using infer::convert::Value;

constexpr std::size_t kSlack = 16;  ///< floats that XNNPACK may read behind a value

/// Whether a permutation takes every `step`-th channel of each pixel, and which is the first.
bool picks_channels(const Graph& graph, const Node& node, int& step, int& first) {
    const Value& in = graph.values.at(node.inputs[0]);
    const Value& out = graph.values.at(node.output);
    step = static_cast<int>(node.number("channels1", 0));
    first = static_cast<int>(node.number("channel", 0));
    return in.root.empty() && step > 1 && in.channels == step * out.channels && first < step &&
           node.number("pixel", 0) == 0 && node.number("count0", 1) == in.height * in.width &&
           node.number("pixels0", 0) == 1 && node.number("channels0", 0) == 0 &&
           node.number("count1", 1) == out.channels && node.number("pixels1", 0) == 0 &&
           node.number("count2", 1) == 1;
}

/// The channels of a shuffled value, made where it is wanted first.
void shuffle_channels(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        int step = 0;
        int first = 0;
        if (graph.nodes[i].op != "permute" || !picks_channels(graph, graph.nodes[i], step, first))
            continue;
        const std::string source = graph.nodes[i].inputs[0];
        const std::string shuffled = source + "/shuffle" + std::to_string(step);
        Node& node = graph.nodes[i];
        node.op = "slice";
        node.attributes = {
            {"first_channel", static_cast<double>(first * graph.values.at(node.output).channels)}};
        node.inputs = {shuffled};
        if (graph.values.count(shuffled) != 0) continue;
        graph.values[shuffled] = graph.values.at(source);
        Node shuffle;
        shuffle.op = "shuffle";
        shuffle.name = node.name;
        shuffle.inputs = {source};
        shuffle.output = shuffled;
        shuffle.attributes["step"] = step;
        graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i), shuffle);
    }
}

/// XNNPACK has no nearest neighbour; by whole factors it is copies of pixels, then of rows.
void repeat_pixels(Graph& graph) {
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& rows = graph.nodes[i];
        if (rows.op != "resize") continue;
        const Value in = graph.values.at(rows.inputs[0]);
        const Value out = graph.values.at(rows.output);
        const bool whole = out.height % in.height == 0 && out.width % in.width == 0 &&
                           static_cast<int>(rows.number("coordinates", 0)) == infer::kAsymmetric &&
                           static_cast<int>(rows.number("nearest", 0)) == infer::kFloor;
        if (!whole) continue;
        Node columns = rows;
        columns.op = "repeat_columns";
        columns.output = graph.fresh(rows.output + "/columns");
        graph.values[columns.output] = {in.channels, in.height, out.width, {}, 0};
        rows.op = "repeat_rows";
        rows.inputs = {columns.output};
        graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(i), columns);
    }
}

std::string root(const Graph& graph, std::string value) {
    while (!graph.values.at(value).root.empty()) value = graph.values.at(value).root;
    return value;
}

}  // namespace

Graph for_xnnpack(Graph graph) {
    namespace passes = infer::convert;
    graph.erase_dead();
    passes::fold_batch_norm(graph);
    passes::fuse_activation(graph);
    shuffle_channels(graph);
    repeat_pixels(graph);
    passes::resolve_views(graph);
    passes::concat_views(graph);
    return graph;
}

GraphMemory::GraphMemory(const Graph& graph) : graph_(graph) {
    std::vector<Block> blocks;
    std::map<std::string, std::size_t> numbers;
    const int end = static_cast<int>(graph.nodes.size());
    const auto touch = [&](const std::string& value, int step) {
        const std::string name = root(graph, value);
        const Value& shape = graph.values.at(name);
        const auto bytes =
            sizeof(float) *
            (static_cast<std::size_t>(shape.height) * shape.width * shape.channels + kSlack);
        if (numbers.emplace(name, blocks.size()).second) blocks.push_back({bytes, step, step});
        blocks[numbers[name]].last = std::max(blocks[numbers[name]].last, step);
    };
    for (const auto& port : graph.inputs) touch(port.value, -1);
    for (int i = 0; i < end; ++i) {
        const Node& node = graph.nodes[static_cast<std::size_t>(i)];
        for (const std::string& input : node.inputs) touch(input, i);
        touch(node.output, i);
    }
    for (const auto& port : graph.outputs) touch(port.value, end);
    floats_.resize(infer::plan_arena(blocks) / sizeof(float));
    for (const auto& [name, i] : numbers) offsets_[name] = blocks[i].offset / sizeof(float);
}

GraphMemory::Place GraphMemory::place(const std::string& name) {
    const Value& value = graph_.values.at(name);
    const Value& whole = graph_.values.at(root(graph_, name));
    Place place;
    place.data = floats_.data() + offsets_.at(root(graph_, name)) + value.first_channel;
    place.height = static_cast<std::size_t>(value.height);
    place.width = static_cast<std::size_t>(value.width);
    place.channels = static_cast<std::size_t>(value.channels);
    place.stride =
        static_cast<std::size_t>(value.same_size(whole) ? whole.channels : value.channels);
    return place;
}

}  // namespace tarsier::peers
