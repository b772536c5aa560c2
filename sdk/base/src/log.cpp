// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <tarsier/base/log.h>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace tarsier::log {
namespace {

Level level_from_environment() {
    const char* name = std::getenv("TARSIER_LOG");
    const std::string_view text = name ? name : "";
    if (text == "debug") return Level::Debug;
    if (text == "info") return Level::Info;
    if (text == "error") return Level::Error;
    return Level::Warn;
}

void to_stderr(Level level, std::string_view component, std::string_view message) {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>(
            "tarsier", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        made->set_level(spdlog::level::debug);
        made->set_pattern("%^%l%$ %v");
        return made;
    }();
    constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                     spdlog::level::warn, spdlog::level::err};
    logger->log(kLevels[static_cast<int>(level)], "[{}] {}", component, message);
}

struct State {
    std::atomic<Level> level{level_from_environment()};
    std::mutex mutex;
    Sink sink = to_stderr;
};

State& state() {
    static State* const instance =
        new State;  // never destroyed: threads may log while the process ends
    return *instance;
}

}  // namespace

void set_sink(Sink sink) {
    const std::lock_guard lock(state().mutex);
    state().sink = std::move(sink);
}

void set_level(Level level) { state().level = level; }

bool enabled(Level level) { return level >= state().level.load(std::memory_order_relaxed); }

void write(Level level, std::string_view component, std::string_view message) {
    const std::lock_guard lock(state().mutex);
    if (state().sink) state().sink(level, component, message);
}

}  // namespace tarsier::log
