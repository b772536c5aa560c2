// SPDX-License-Identifier: Apache-2.0
#include "run/team.h"

#include <pthread.h>

#include <algorithm>

namespace tarsier::infer {
namespace {

// So often a waiting thread looks before it offers its processor to others: some 20 us.
constexpr int kLooks = 1000;
// A member's rows are taken in parts, so that others can take what a late or interrupted member
// leaves: at most so many, of so much work (some seven microseconds) and so many rows.
constexpr int kMaxParts = 8;
constexpr double kWorkOfPart = 400'000;
constexpr int kRowsOfPart = 4;

void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// Returns once `ready` says so.
template <class Ready>
void spin(const Ready& ready) {
    for (int looks = 0; !ready(); ++looks) {
        if (looks < kLooks)
            pause();
        else
            std::this_thread::yield();
    }
}

}  // namespace

Team::Team(int helpers) : members_(helpers + 1), shares_(std::make_unique<Share[]>(members_)) {
    if (pthread_getaffinity_np(pthread_self(), sizeof allowed_, &allowed_) != 0)
        CPU_ZERO(&allowed_);
    helpers_.reserve(static_cast<std::size_t>(helpers));
    for (int member = 1; member < members_; ++member)
        helpers_.emplace_back([this, member] { help(member); });
}

Team::~Team() {
    stopping_ = true;
    begin();
    for (std::thread& helper : helpers_) helper.join();
}

void Team::begin() {
    if (const int at = sched_getcpu(); at >= 0 && at != caller_at_) keep_off(at);
    rounds_.fetch_add(1);
    rounds_.notify_all();
}

void Team::keep_off(int processor) {
    caller_at_ = processor;
    cpu_set_t others = allowed_;
    if (processor < CPU_SETSIZE) CPU_CLR(processor, &others);
    // Without others they stay where they are; a failure costs time, no result.
    if (CPU_COUNT(&others) == 0) return;
    for (std::thread& helper : helpers_)
        pthread_setaffinity_np(helper.native_handle(), sizeof others, &others);
}

void Team::end() { rounds_.fetch_add(1); }

void Team::run(const Call& call, int begin, int end) {
    // Nobody reads these: all parts of the call before are done.
    call_ = &call;
    begin_ = begin;
    end_ = end;
    parts_ = parts_of(call, end - begin);
    left_.store(parts_ * members_, std::memory_order_relaxed);
    const std::uint32_t number = number_.load(std::memory_order_relaxed) + 1;
    for (int i = 0; i < members_; ++i)
        shares_[i].next.store(std::uint64_t{number} << 32 | static_cast<std::uint32_t>(parts_),
                              std::memory_order_release);
    number_.store(number, std::memory_order_release);
    work(number, 0);
    spin([&] { return left_.load(std::memory_order_acquire) == 0; });
}

int Team::parts_of(const Call& call, int rows) const {
    const int by_rows = rows / (members_ * kRowsOfPart);
    const double work = call.rows > 0 ? call.work * rows / call.rows : 0;
    const double by_work = work / (members_ * kWorkOfPart);
    return std::clamp(by_work < by_rows ? static_cast<int>(by_work) : by_rows, 1, kMaxParts);
}

void Team::work(std::uint32_t number, int member) {
    for (int i = 0; i < members_; ++i) {
        const int owner = (member + i) % members_;
        int part = 0;
        while (take(shares_[owner], number, part)) {
            const int begin = row_at(owner, part);
            const int end = row_at(owner, part + 1);
            if (begin < end) call_->run(call_->args, begin, end);
            left_.fetch_sub(1, std::memory_order_release);
        }
    }
}

bool Team::take(Share& share, std::uint32_t number, int& part) {
    std::uint64_t next = share.next.load(std::memory_order_acquire);
    for (;;) {
        const auto left = static_cast<int>(next & 0xffffffffU);
        if (next >> 32 != number || left == 0) return false;
        if (share.next.compare_exchange_weak(next, next - 1, std::memory_order_acquire)) {
            part = parts_ - left;
            return true;
        }
    }
}

int Team::row_at(int member, int part) const {
    const std::int64_t rows = end_ - begin_;
    return begin_ +
           static_cast<int>(rows * (std::int64_t{member} * parts_ + part) / (parts_ * members_));
}

void Team::help(int member) {
    pthread_setname_np(pthread_self(), "tarsier-infer");
    std::uint32_t round = 0;
    std::uint32_t done = 0;
    while (!stopping_) {
        if (round % 2 == 0) {
            rounds_.wait(round);
            round = rounds_;
            continue;
        }
        std::uint32_t number = done;
        spin([&] {
            number = number_.load(std::memory_order_acquire);
            return number != done || rounds_.load(std::memory_order_relaxed) != round;
        });
        if (number != done) work(number, member);
        done = number;
        round = rounds_;
    }
}

}  // namespace tarsier::infer
