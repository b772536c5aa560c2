// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <tarsier/base/clock.h>
#include <csignal>
#include <cstdlib>
#include <ctime>

namespace tarsier::cli {
namespace {

sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

constexpr timespec kPoll{0, 50'000'000};
// `timeout` and some shells send the same signal to the process and to its group: that is one wish.
constexpr Timestamp kOneWish = kSecond;

}  // namespace

Signals::Signals(std::function<void()> on_signal) : on_signal_(std::move(on_signal)) {
    const sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    thread_ = std::thread([this] { wait(); });
}

Signals::~Signals() {
    done_ = true;
    thread_.join();
}

void Signals::wait() {
    const sigset_t set = ending_signals();
    Timestamp first_at = 0;
    while (!done_) {
        const int signal = sigtimedwait(&set, nullptr, &kPoll);
        if (signal <= 0) continue;
        if (received_ != 0) {
            if (monotonic_now() - first_at > kOneWish) std::_Exit(128 + signal);
            continue;
        }
        received_ = signal;
        first_at = monotonic_now();
        on_signal_();
    }
}

}  // namespace tarsier::cli
