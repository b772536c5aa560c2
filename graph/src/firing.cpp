// SPDX-License-Identifier: Apache-2.0
// The threads of the engine and what they do.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "call.h"
#include "engine.h"

namespace tarsier {
namespace {

// A source that skips errors but brings nothing else would spin for ever.
constexpr int kMaxFailuresInARow = 100;

bool gave_up(const Status& status) { return status.error().code == Code::Cancelled; }

}  // namespace

void Engine::pool_thread() {
    Trash trash;
    std::unique_lock lock(mutex_);
    while (alive_ > 0) {
        if (Unit* const unit = pick()) {
            run(*unit, lock, trash);
        } else if (!trash_.empty()) {
            unlock_and_empty(lock, trash);
            lock.lock();
        } else {
            ++idle_;
            wake_.wait(lock);
            --idle_;
            if (signalled_ > 0) --signalled_;
        }
    }
    unlock_and_empty(lock, trash);
}

void Engine::unit_thread(Unit& unit) {
    Trash trash;
    std::unique_lock lock(mutex_);
    while (unit.state != Unit::State::Done) {
        if (unit.state == Unit::State::Ready) {
            run(unit, lock, trash);
        } else if (!trash_.empty()) {
            unlock_and_empty(lock, trash);
            lock.lock();
        } else {
            wake_pool();
            unit.wake.wait(lock);
        }
    }
    wake_pool();
    unlock_and_empty(lock, trash);
}

/// The ready unit with the oldest item; of equals the one nearest to a sink.
Unit* Engine::pick() {
    if (ready_.empty()) return nullptr;
    auto first = std::ranges::min_element(ready_, [](const Unit* a, const Unit* b) {
        return a->priority != b->priority ? a->priority < b->priority : a->index > b->index;
    });
    if (options_.schedule_seed != 0)
        first = ready_.begin() + static_cast<std::ptrdiff_t>(schedule_() % ready_.size());
    Unit* const unit = *first;
    *first = ready_.back();
    ready_.pop_back();
    return unit;
}

void Engine::wake_pool() {
    while (signalled_ < idle_ && signalled_ < ready_.size()) {
        ++signalled_;
        wake_.notify_one();
    }
}

void Engine::unlock_and_empty(std::unique_lock<std::mutex>& lock, Trash& trash) {
    trash.swap(trash_);
    lock.unlock();
    trash.clear();
}

void Engine::run(Unit& unit, std::unique_lock<std::mutex>& lock, Trash& trash) {
    unit.state = Unit::State::Running;
    const bool last = unit.ending;
    if (!last && !unit.is_source()) take_set(unit);
    settle_all();
    wake_pool();
    unlock_and_empty(lock, trash);
    Status status = last ? call_node([&] { return unit.node().stop(); }) : fire(unit);
    lock.lock();
    if (status && !last && unit.may_overflow)
        if (const Connection* const full = overflow(unit)) status = overflow_error(*full);
    if (last) {
        if (!status) record_error(unit, status.error());
        unit.state = Unit::State::Done;
        if (--alive_ > 0) return;
        ended_at_ = monotonic_now();
        ended_.notify_all();
        alarm_.notify_all();
        wake_.notify_all();
        return;
    }
    unit.state = Unit::State::Idle;
    const bool well = unit.is_source() ? collect_source(unit, status) : collect(unit, status);
    touch(unit);
    settle_all();
    if (well) return;
    wake_pool();
    unlock_and_empty(lock, trash);
    request_stop();
    lock.lock();
}

/// One firing, without the mutex.
Status Engine::fire(Unit& unit) {
    Node& node = unit.node();
    if (unit.is_sink() && observer_)
        for (const InBase* input : node.inputs())
            if (input->has_packet()) observer_(unit.info.id, input->name(), input->packet());
    const Timestamp begin = monotonic_now();
    Status status = call_node([&] { return node.process(); });
    const Timestamp end = monotonic_now();
    const Timestamp now = options_.clock ? clock_.now() : end;
    unit.stats.work.record(end - begin);
    if (unit.is_source()) {
        unit.source.captured_at = now;
    } else {
        const Timestamp age = now - unit.origin->captured_at;
        unit.stats.age.record(age);
        unit.context.arrived(now, age);
        if (unit.is_sink()) end_to_end_.record(age);
    }
    if (firing_observer_) {
        const auto [source, sequence] = unit.is_source()
                                            ? std::pair(unit.index, unit.source.sequence)
                                            : std::pair(unit.origin->source, unit.origin->sequence);
        firing_observer_({unit.info.id, source, sequence, begin, end});
    }
    for (std::size_t i = 0; i < unit.sent.size(); ++i) unit.sent[i] = node.outputs()[i]->take();
    for (InBase* input : node.inputs()) input->put(std::nullopt);
    if (unit.is_sink()) unit.origin.reset();
    return status;
}

Error Engine::overflow_error(const Connection& connection) const {
    const Unit& to = *units_[static_cast<std::size_t>(connection.to)];
    Error error = make_error(
        Code::Exhausted,
        fmt::format("the connection to '{}.{}', which holds {}, is full", to.info.id,
                    to.node().inputs()[static_cast<std::size_t>(connection.input)]->name(),
                    connection.capacity),
        "give it a greater `capacity`, or let it drop_oldest");
    error.where = connection.where;
    return error;
}

/// Decides whether the unit goes on after this status; if not, ends it. False when the graph shall
/// stop.
bool Engine::survives(Unit& unit, const Status& status) {
    const auto no_more = [&] {
        // A live source may have an item that waits for its place; settle() ends it after that.
        if (unit.is_source())
            unit.source.finishing = true;
        else
            end(unit);
    };
    if (gave_up(status)) {
        no_more();
        return unit.stop.stop_requested();  // by itself: a window was closed, and the graph ends
    }
    unit.stats.errors.fetch_add(1, std::memory_order_relaxed);
    const bool spins = unit.is_source() && ++unit.source.failures_in_a_row >= kMaxFailuresInARow;
    if (unit.info.skip_errors && !spins) return true;
    record_error(unit, status.error());
    no_more();
    return false;
}

void Engine::discard_sent(Unit& unit) {
    for (auto& sent : unit.sent) {
        if (sent) trash_.push_back(std::move(sent->payload.data));
        sent.reset();
    }
}

/// Hands what was sent to the connections. False when the graph shall stop.
bool Engine::collect(Unit& unit, const Status& status) {
    GapReason reason = GapReason::NoResult;
    bool well = true;
    if (!status) {
        discard_sent(unit);
        reason = GapReason::Error;
        well = survives(unit, status);
    }
    if (!unit.ending) {
        for (const auto& sent : unit.sent) {
            if (!sent || !sent->stamp) continue;
            unit.retimes = true;
            unit.shift = sent->stamp->ts - unit.key.ts;
        }
        const Key key = outgoing(unit);
        bool silent = !unit.is_sink();
        for (std::size_t i = 0; i < unit.sent.size(); ++i) {
            auto& sent = unit.sent[i];
            if (sent) {
                silent = false;
                deliver(unit, i, {key, unit.duration, unit.origin, std::move(sent->payload)});
                sent.reset();
            } else {
                deliver_gap(unit, i, {key, reason});
            }
        }
        if (silent) unit.stats.gaps.fetch_add(1, std::memory_order_relaxed);
    }
    if (unit.origin) trash_.push_back(std::move(unit.origin));
    return well;
}

bool Engine::collect_source(Unit& unit, const Status& status) {
    SourceState& source = unit.source;
    if (unit.node().finished()) source.finishing = true;
    if (!status) {
        discard_sent(unit);
        return survives(unit, status);
    }
    source.failures_in_a_row = 0;
    if (!take_source_item(unit)) return true;
    if (!unit.live) {
        admit(unit, source.current);
        return true;
    }
    if (source.has_waiting) {
        // Of the two the one that shall go comes to wait, and is dropped.
        if (!unit.info.region->keeps_newest) std::swap(source.current, source.waiting);
        drop_waiting(unit, unit.outputs[0].superseded);
    }
    std::swap(source.current, source.waiting);
    source.has_waiting = true;
    admit_waiting(unit);
    return true;
}

/// Moves what a source sent into source.current. False when there was nothing, or the time is over.
bool Engine::take_source_item(Unit& unit) {
    SourceState& source = unit.source;
    const auto first = std::ranges::find_if(unit.sent, [](const auto& s) { return s.has_value(); });
    if (first == unit.sent.end()) return false;
    const Stamp stamp = (*first)->stamp.value_or(Stamp{clock_.now(), 0});
    if (source.sequence > 0) {
        if (stamp.ts <= source.last_ts)
            ++source.epoch;
        else
            source.elapsed += stamp.ts - source.last_ts;
    }
    source.last_ts = stamp.ts;
    SourceItem& item = source.current;
    item.key = {source.epoch, stamp.ts};
    item.duration = stamp.duration;
    item.captured_at = source.captured_at;
    item.sequence = source.sequence++;
    if (options_.duration > 0 && !unit.live && source.elapsed >= options_.duration) {
        source.finishing = true;
        discard_sent(unit);
        return false;
    }
    for (std::size_t i = 0; i < unit.sent.size(); ++i) {
        item.payloads[i] = unit.sent[i] ? std::move(unit.sent[i]->payload) : Payload{};
        unit.sent[i].reset();
    }
    return true;
}

}  // namespace tarsier
