// SPDX-License-Identifier: Apache-2.0
#include "cli/latency_table.h"
#include <fmt/format.h>

#include <algorithm>

namespace tarsier::cli {
namespace {

nlohmann::json to_json(const Percentiles& p) {
    return {{"count", p.count},
            {"p50_ms", p.p50_ms},
            {"p95_ms", p.p95_ms},
            {"p99_ms", p.p99_ms},
            {"max_ms", p.max_ms}};
}

std::string row(const std::string& node, const std::string& type, const Percentiles& p) {
    return fmt::format("{:<14} {:<24} {:>7} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f}\n", node, type,
                       p.count, p.p50_ms, p.p95_ms, p.p99_ms, p.max_ms);
}

}  // namespace

std::string latency_table(const GraphStats& stats) {
    std::string text = fmt::format("\n{:<14} {:<24} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "node",
                                   "type", "count", "p50 ms", "p95 ms", "p99 ms", "max ms");
    for (const NodeStats& node : stats.nodes) text += row(node.id, node.type, node.work);
    text += row("end to end", "capture to sink", stats.end_to_end);
    std::uint64_t items = 0;
    for (const NodeStats& node : stats.nodes) items = std::max(items, node.work.count);
    text += fmt::format("{:.1f} s, {:.1f} items/s, {} dropped\n", stats.seconds,
                        stats.seconds > 0 ? static_cast<double>(items) / stats.seconds : 0.0,
                        stats.dropped);
    for (const auto& [place, count] : stats.drops)
        text += fmt::format("  {} dropped at {}\n", count, place);
    return text;
}

nlohmann::json stats_json(const GraphStats& stats) {
    nlohmann::json json{{"seconds", stats.seconds},
                        {"dropped", stats.dropped},
                        {"end_to_end", to_json(stats.end_to_end)},
                        {"nodes", nlohmann::json::array()},
                        {"drops", nlohmann::json::array()}};
    for (const NodeStats& node : stats.nodes)
        json["nodes"].push_back({{"id", node.id},
                                 {"type", node.type},
                                 {"work", to_json(node.work)},
                                 {"age", to_json(node.age)},
                                 {"dropped", node.dropped},
                                 {"gaps", node.gaps},
                                 {"errors", node.errors}});
    for (const auto& [place, count] : stats.drops)
        json["drops"].push_back({{"at", place}, {"count", count}});
    return json;
}

}  // namespace tarsier::cli
