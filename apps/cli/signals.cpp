// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

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
    while (!done_) {
        const int signal = sigtimedwait(&set, nullptr, &kPoll);
        if (signal <= 0) continue;
        if (received_ != 0) std::_Exit(128 + signal);
        received_ = signal;
        on_signal_();
    }
}

}  // namespace tarsier::cli
