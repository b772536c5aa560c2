// SPDX-License-Identifier: Apache-2.0
#include "cli/trace.h"

#include <fmt/format.h>
#include <fmt/os.h>
#include <tarsier/base/log.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace tarsier::cli {
namespace {

double microseconds(Timestamp ns) { return static_cast<double>(ns) * 1e-3; }

}  // namespace

void Trace::add(const Firing& firing) {
    const std::lock_guard lock(mutex_);
    if (events_.size() >= kMaxFirings) {
        ++left_out_;
        return;
    }
    auto lane = std::ranges::find(lanes_, firing.node);
    if (lane == lanes_.end()) lane = lanes_.emplace(lane, firing.node);
    events_.push_back({static_cast<std::size_t>(lane - lanes_.begin()), firing.source,
                       firing.sequence, firing.begin, firing.end});
}

Status Trace::write(const std::filesystem::path& file) const {
    const std::lock_guard lock(mutex_);
    if (left_out_ > 0)
        log::warn("trace", "the last {} firings are not in the trace, which holds {}", left_out_,
                  kMaxFirings);
    std::vector<Event> events = events_;
    std::ranges::sort(events, {}, &Event::begin);
    const Timestamp start = events.empty() ? 0 : events.front().begin;
    try {
        auto out = fmt::output_file(file.string());
        out.print("{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
        out.print(
            "{{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{{\"name\":\"tarsier\"}}}"
            "}");
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane)
            out.print(
                ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{},\"name\":\"thread_name\",\"args\":{{"
                "\"name\":{}}}}}",
                lane + 1, nlohmann::json(lanes_[lane]).dump());
        // An item's first firing begins its arrow, every later one continues it.
        std::map<std::pair<int, std::uint64_t>, std::size_t> arrows;
        for (const Event& event : events) {
            const auto [arrow, first] =
                arrows.try_emplace({event.source, event.sequence}, arrows.size() + 1);
            const double at = microseconds(event.begin - start);
            const std::string name = nlohmann::json(lanes_[event.lane]).dump();
            out.print(
                ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"ts\":{:.3f},\"dur\":{:.3f},\"name\":{},"
                "\"args\":{{\"source\":{},\"sequence\":{}}}}}",
                event.lane + 1, at, microseconds(event.end - event.begin), name, event.source,
                event.sequence);
            out.print(
                ",\n{{\"ph\":\"{}\",\"pid\":1,\"tid\":{},\"ts\":{:.3f},\"name\":\"item\",\"cat\":"
                "\"item\","
                "\"id\":{}}}",
                first ? 's' : 't', event.lane + 1, at, arrow->second);
        }
        out.print("\n]}}\n");
        out.close();
    } catch (const std::exception& error) {
        return {Code::Io, fmt::format("cannot write {}: {}", file.string(), error.what()),
                "give --trace a writable file"};
    }
    return Ok{};
}

}  // namespace tarsier::cli
