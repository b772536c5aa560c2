// SPDX-License-Identifier: Apache-2.0
// What a graph without errors costs, and what leaves it.
#include <fmt/format.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/image.h>

#include <algorithm>

#include "check.h"

namespace tarsier {
namespace {

std::string_view type_of(const CheckedGraph& graph, const CheckedEdge& edge) {
    return graph.nodes[static_cast<std::size_t>(edge.from)]
        .node->outputs()[static_cast<std::size_t>(edge.output)]
        ->type();
}

bool is_raw(std::string_view type) { return type == Image::kTypeName || type == Audio::kTypeName; }

/// "disk", "network", or nothing when it stays on the screen or in the process.
std::string place_of(const std::string& target) {
    for (const char* here : {"", "window", "null:"})
        if (target == here) return {};
    // To another program on this machine.
    if (target.starts_with("pipewire:") || target.starts_with("/dev/")) return {};
    const bool uri = target.find("://") != std::string::npos && !target.starts_with("file://");
    return uri ? "network" : "disk";
}

std::string path_to(const CheckedGraph& graph, const std::vector<const CheckedEdge*>& came_by,
                    std::size_t node) {
    const CheckedEdge* const edge = came_by[node];
    const std::string& id = graph.nodes[node].id;
    if (!edge) return id;
    const auto from = static_cast<std::size_t>(edge->from);
    const std::string_view port =
        graph.nodes[from].node->outputs()[static_cast<std::size_t>(edge->output)]->name();
    return fmt::format("{}.{} -> {}", path_to(graph, came_by, from), port, id);
}

bool is_follower(const CheckedGraph& graph, const CheckedEdge& edge) {
    const Sync& sync = graph.nodes[static_cast<std::size_t>(edge.to)].sync;
    return (sync.policy == Sync::Policy::Hold || sync.policy == Sync::Policy::Nearest) &&
           edge.input != sync.leader;
}

std::string cost_of(const Sync& sync) {
    const std::string limit = format_duration({sync.limit});
    switch (sync.policy) {
        case Sync::Policy::Exact:
            break;
        case Sync::Policy::Hold:
            return fmt::format("adds no latency; what is held may be up to {} old", limit);
        case Sync::Policy::Nearest:
            return fmt::format("adds up to {} of latency; off by up to {}", limit, limit);
        case Sync::Policy::Span:
            return "adds the length of a packet, live up to 200ms more when sound is late";
        case Sync::Policy::Any:
            return "adds no latency; live, the order depends on speed";
    }
    return "waits for the slowest input; nothing is ever off by a frame";
}

}  // namespace

std::vector<RawFlow> find_raw_flows(const CheckedGraph& graph) {
    // Nodes come after those they take from, so one pass finds all that is reached.
    std::vector<const CheckedEdge*> came_by(graph.nodes.size(), nullptr);
    std::vector<RawFlow> flows;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const CheckedNode& node = graph.nodes[i];
        for (const CheckedEdge& edge : graph.edges) {
            const auto from = static_cast<std::size_t>(edge.from);
            const bool reached = came_by[from] || graph.nodes[from].node->inputs().empty();
            if (static_cast<std::size_t>(edge.to) == i && !came_by[i] && reached &&
                is_raw(type_of(graph, edge)))
                came_by[i] = &edge;
        }
        if (!came_by[i]) continue;
        for (const OptionBase* option : node.node->options()) {
            if (option->constraint().kind != Constraint::Kind::Destination) continue;
            const std::string target = to_string(option->value());
            const std::string place = place_of(target);
            if (place.empty()) continue;
            const bool sound = type_of(graph, *came_by[i]) == Audio::kTypeName;
            flows.push_back({sound ? "sound" : "pictures", path_to(graph, came_by, i), node.id,
                             place, target, node.where});
        }
    }
    return flows;
}

std::vector<PairingCost> find_pairing_costs(const CheckedGraph& graph) {
    std::vector<PairingCost> costs;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const auto inputs = std::ranges::count(graph.edges, static_cast<int>(i), &CheckedEdge::to);
        const CheckedNode& node = graph.nodes[i];
        if (inputs > 1)
            costs.push_back({node.id,
                             std::string(kPairings[static_cast<std::size_t>(node.sync.policy)]),
                             cost_of(node.sync)});
    }
    return costs;
}

HeldItems count_items(const CheckedGraph& graph) {
    HeldItems held;
    for (const CheckedEdge& edge : graph.edges) {
        // In the connection, in the firing that took one, and kept for the next.
        const int items = edge.capacity + 1 + (is_follower(graph, edge) ? 1 : 0);
        const std::string_view type = type_of(graph, edge);
        (type == Image::kTypeName   ? held.pictures
         : type == Audio::kTypeName ? held.sounds
                                    : held.others) += items;
    }
    // What waits before a live source.
    for (const CheckedNode& node : graph.nodes) {
        if (!node.node->inputs().empty()) continue;
        for (const OutBase* output : node.node->outputs())
            ++(std::string_view(output->type()) == Image::kTypeName   ? held.pictures
               : std::string_view(output->type()) == Audio::kTypeName ? held.sounds
                                                                      : held.others);
    }
    return held;
}

}  // namespace tarsier
