// SPDX-License-Identifier: Apache-2.0
#include "common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tarsier::apps {

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0) {}

void ProgressBar::finish() {
    if (terminal_ && percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
    percent_ = -1;
}

void ProgressBar::show(double share) {
    constexpr int kWidth = 40;
    const int percent = static_cast<int>(100 * std::clamp(share, 0.0, 1.0));
    if (!terminal_ || percent == percent_) return;
    percent_ = percent;
    const int filled = percent * kWidth / 100;
    fmt::print(stderr, "\r\x1b[K{} [{:#<{}}{: <{}}] {:3d} %", what_, "", filled, "",
               kWidth - filled, percent);
    std::fflush(stderr);
}

}  // namespace tarsier::apps
