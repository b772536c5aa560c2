// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string_view>

namespace tarsier::log {

enum class Level { Debug, Info, Warn, Error };

/// Receives every message at or above the level. Called from any thread, one call at a time.
using Sink = std::function<void(Level, std::string_view component, std::string_view message)>;

/// Replaces the sink (the default writes to stderr); an empty function silences the log.
/// Thread-safe.
void set_sink(Sink sink);

/// Messages below this level are not formatted. Default: Warn, or what TARSIER_LOG names.
/// Thread-safe.
void set_level(Level level);
bool enabled(Level level);

/// Sends one formatted message to the sink.
void write(Level level, std::string_view component, std::string_view message);

template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::Debug))
        write(Level::Debug, component, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::Info))
        write(Level::Info, component, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void warn(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::Warn))
        write(Level::Warn, component, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
    if (enabled(Level::Error))
        write(Level::Error, component, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace tarsier::log
