// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "engine.h"

namespace tarsier {
namespace {

constexpr double kMsPerNs = 1e-6;

Percentiles percentiles(const Histogram& histogram) {
    const auto ms = [&](double share) {
        return static_cast<double>(histogram.percentile(share)) * kMsPerNs;
    };
    return {histogram.count(), ms(0.50), ms(0.95), ms(0.99),
            static_cast<double>(histogram.max()) * kMsPerNs};
}

}  // namespace

/// Tells where and why items of a node were dropped.
void Engine::add_drops(const Unit& unit, NodeStats& node, GraphStats& stats) const {
    const auto add = [&](std::uint64_t count, const std::string& place) {
        node.dropped += count;
        if (count > 0) stats.drops.emplace_back(place, count);
    };
    add(unit.stats.late, node.id + ": over the budget of its region");
    for (std::size_t i = 0; i < unit.outputs.size(); ++i) {
        const OutputState& output = unit.outputs[i];
        const std::string port = fmt::format("{}.{}", node.id, unit.node().outputs()[i]->name());
        add(output.superseded, port + ": superseded by a newer item");
        add(output.discarded, port + ": discarded by stop");
        for (const Connection* to : output.to) {
            const Unit& consumer = *units_[static_cast<std::size_t>(to->to)];
            const std::size_t input = static_cast<std::size_t>(to->input);
            add(to->overflowed, fmt::format("{}: no room before {}.{}", port, consumer.info.id,
                                            consumer.node().inputs()[input]->name()));
        }
    }
}

GraphStats Engine::stats() const {
    GraphStats stats;
    {
        const std::lock_guard lock(mutex_);
        if (started_)
            stats.seconds =
                static_cast<double>((ended_at_ ? ended_at_ : monotonic_now()) - started_at_) * 1e-9;
    }
    for (const auto& unit : units_) {
        NodeStats& node = stats.nodes.emplace_back();
        node.id = unit->info.id;
        node.type = std::string(unit->info.type->name);
        node.work = percentiles(unit->stats.work);
        node.age = percentiles(unit->stats.age);
        node.gaps = unit->stats.gaps;
        node.errors = unit->stats.errors;
        add_drops(*unit, node, stats);
    }
    stats.end_to_end = percentiles(end_to_end_);
    stats.dropped = dropped_;
    return stats;
}

void UnitContext::arrived(Timestamp now, Timestamp age) {
    recent_[count_++ % kRecent] = {now, age};
}

LatencySummary UnitContext::latency() const {
    LatencySummary summary;
    summary.dropped = dropped_ ? dropped_->load(std::memory_order_relaxed) : 0;
    const std::size_t count = std::min(count_, kRecent);
    if (count == 0) return summary;
    std::array<Timestamp, kRecent> ages;
    std::ranges::transform(recent_.begin(), recent_.begin() + count, ages.begin(), &Arrival::age);
    std::sort(ages.begin(), ages.begin() + count);
    summary.p50_ms = static_cast<double>(ages[count / 2]) * kMsPerNs;
    summary.p95_ms = static_cast<double>(ages[(count - 1) * 95 / 100]) * kMsPerNs;
    const Timestamp newest = recent_[(count_ - 1) % kRecent].at;
    const Timestamp oldest = recent_[count_ > kRecent ? count_ % kRecent : 0].at;
    if (newest > oldest)
        summary.fps = static_cast<double>(count - 1) * 1e9 / static_cast<double>(newest - oldest);
    return summary;
}

}  // namespace tarsier
