// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/clock.h>
#include <tarsier/graph/node.h>
#include <tarsier/media/event.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "common/files.h"

namespace tarsier::nodes {

/// Each line is whole when it is written, so that others can follow the file. docs/events.md
/// describes it.
struct JsonlSink final : Node {
    static constexpr bool kBlocking = true;

    In<Events> events{this, "events", "what happened"};
    Option<std::string> to{this, "to", "-", "FILE.jsonl, or - for standard output",
                           a_destination()};
    Option<bool> append{this, "append", false, "goes on in a file that is there"};

    Status start() override;
    Status process() override;
    Status stop() override;

  private:
    Status failed() const { return system_error(errno, "cannot write '" + *to + "'"); }

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, std::fclose};
    std::FILE* out_ = nullptr;
};

namespace {

constexpr int kVersion = 1;

/// UTC as in RFC 3339, to the millisecond.
std::string wall_time() {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03d}Z", text, (now - seconds).count());
}

double seconds(Timestamp ts) { return static_cast<double>(ts) / kSecond; }

}  // namespace

Status JsonlSink::start() {
    out_ = stdout;
    if (*to == "-") return Ok{};
    TARSIER_CHECK(check_writable(*to));
    file_.reset(std::fopen(to->c_str(), *append ? "a" : "w"));
    if (!file_) return failed();
    out_ = file_.get();
    return Ok{};
}

Status JsonlSink::process() {
    const Packet& packet = events.packet();
    for (const Event& event : events->events) {
        const nlohmann::ordered_json line = {
            {"version", kVersion},
            {"kind", event.kind},
            {"label", event.label},
            {"score", std::round(double{event.score} * 1000) / 1000},
            {"time", seconds(packet.key.ts)},
            {"since", seconds(event.since)},
            {"epoch", packet.key.epoch},
            {"wall", wall_time()},
            {"source", packet.origin ? packet.origin->source : 0},
            {"item", packet.origin ? packet.origin->sequence : 0}};
        const std::string text =
            line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
        if (std::fwrite(text.data(), 1, text.size(), out_) != text.size()) return failed();
    }
    return std::fflush(out_) == 0 ? Status(Ok{}) : failed();
}

Status JsonlSink::stop() {
    std::FILE* const file = file_.release();
    out_ = nullptr;
    return file && std::fclose(file) != 0 ? failed() : Status(Ok{});
}

TARSIER_NODE(JsonlSink, "sink.jsonl", "Writes what happened as lines of JSON.");

}  // namespace tarsier::nodes
