// SPDX-License-Identifier: Apache-2.0
// What may fire, and where items go. Everything here runs under the engine's mutex.
#include <algorithm>

#include "engine.h"

namespace tarsier {
namespace {

// Sources come last: what is inside the graph goes out before anything new comes in.
constexpr Timestamp kAfterAll = std::numeric_limits<Timestamp>::max();
constexpr Timestamp kBeforeAll = std::numeric_limits<Timestamp>::min();

}  // namespace

void Engine::touch(Unit& unit) {
    if (unit.dirty) return;
    unit.dirty = true;
    dirty_.push_back(&unit);
}

void Engine::touch_producers(const Unit& unit) {
    for (const Connection* input : unit.inputs)
        if (input) touch(*units_[static_cast<std::size_t>(input->from)]);
}

void Engine::settle_all() {
    while (!dirty_.empty()) {
        Unit& unit = *dirty_.back();
        dirty_.pop_back();
        unit.dirty = false;
        settle(unit);
    }
}

void Engine::settle(Unit& unit) {
    if (!started_) return;
    if (unit.is_source()) return settle_source(unit);
    if (unit.state != Unit::State::Idle) return;
    Turn turn{trash_, clock_};
    for (;;) {
        if (cancelled_ || is_abandoned(unit)) return end(unit);
        const Pairing::Next next = unit.pairing->look(turn);
        if (turn.popped) touch_producers(unit);
        if (next == Pairing::Next::End) return end(unit);
        if (next == Pairing::Next::Wait && turn.wake_at) wake_later(unit, *turn.wake_at);
        if (next == Pairing::Next::Wait || !has_room(unit)) return;
        if (next == Pairing::Next::Fire) return make_ready(unit, unit.priority);
        discard_set(unit, turn);
    }
}

void Engine::settle_source(Unit& unit) {
    if (unit.source.has_waiting) admit_waiting(unit);
    if (unit.state != Unit::State::Idle) return;
    if (cancelled_ || stopping_ || unit.source.finishing || is_abandoned(unit)) {
        if (!unit.source.has_waiting) end(unit);
    } else if (unit.live || has_room(unit)) {
        make_ready(unit, kAfterAll);
    }
}

void Engine::admit_waiting(Unit& unit) {
    if (unit.source.in_flight >= options_.max_in_flight || !has_room(unit)) return;
    unit.source.has_waiting = false;
    admit(unit, unit.source.waiting);
}

void Engine::admit(Unit& unit, SourceItem& item) {
    SourceState& source = unit.source;
    std::shared_ptr<const Origin> origin;
    if (unit.live) {
        ++source.in_flight;
        origin = std::allocate_shared<LiveOrigin>(RecyclingAllocator<LiveOrigin>(source.origins),
                                                  unit.index, item.sequence, item.captured_at,
                                                  source.admission);
    } else {
        origin = std::allocate_shared<Origin>(RecyclingAllocator<Origin>(source.origins),
                                              unit.index, item.sequence, item.captured_at);
    }
    for (std::size_t i = 0; i < unit.outputs.size(); ++i) {
        if (item.payloads[i].data)
            deliver(unit, i, {item.key, item.duration, origin, std::move(item.payloads[i])});
        else
            deliver_gap(unit, i, {item.key, GapReason::NoResult});
    }
    trash_.push_back(std::move(origin));
}

/// Moves the packets of the ready set to the node.
void Engine::take_set(Unit& unit) {
    Turn turn{trash_, clock_};
    unit.pairing->take(turn);
    touch_producers(unit);
}

/// The set can never be complete: its packets go, the outputs get gaps.
void Engine::discard_set(Unit& unit, Turn& turn) {
    const GapReason reason = unit.pairing->discard(turn);
    unit.stats.gaps.fetch_add(1, std::memory_order_relaxed);
    const Key key = outgoing(unit);
    for (std::size_t i = 0; i < unit.outputs.size(); ++i) deliver_gap(unit, i, {key, reason});
    touch_producers(unit);
}

/// The key of what comes out: that of the firing, moved as the node last moved one.
Key Engine::outgoing(Unit& unit) {
    if (!unit.retimes) return unit.key;
    Key key{unit.key.epoch, unit.key.ts + unit.shift};
    if (key.epoch == unit.told.epoch) key.ts = std::max(key.ts, unit.told.ts + 1);
    return unit.told = key;
}

void Engine::wake_later(Unit& unit, Timestamp at) {
    if (unit.wake_at && *unit.wake_at <= at) return;
    unit.wake_at = at;
    alarm_.notify_one();
}

void Engine::make_ready(Unit& unit, Timestamp priority) {
    unit.state = Unit::State::Ready;
    unit.priority = priority;
    if (unit.info.type->blocking)
        unit.wake.notify_one();
    else
        ready_.push_back(&unit);
}

void Engine::end(Unit& unit) {
    unit.ending = true;
    for (Connection* const input : unit.inputs) {
        if (!input) continue;
        empty(*input, false);
        input->close();
    }
    if (unit.pairing) unit.pairing->clear(trash_);
    touch_producers(unit);
    for (const OutputState& output : unit.outputs)
        for (Connection* const to : output.to) {
            to->push_end();
            touch(*units_[static_cast<std::size_t>(to->to)]);
        }
    make_ready(unit, kBeforeAll);
}

bool Engine::has_room(const Unit& unit) const {
    for (const OutputState& output : unit.outputs)
        for (const Connection* to : output.to)
            if (!to->has_room()) return false;
    return true;
}

/// Whether all that took from this unit has ended.
bool Engine::is_abandoned(const Unit& unit) const {
    bool connected = false;
    for (const OutputState& output : unit.outputs)
        for (const Connection* to : output.to) {
            if (to->open()) return false;
            connected = true;
        }
    return connected;
}

void Engine::deliver(Unit& unit, std::size_t output, Packet packet) {
    Connection* last = nullptr;
    for (Connection* const to : unit.outputs[output].to) {
        if (!to->open()) continue;
        touch(*units_[static_cast<std::size_t>(to->to)]);
        if (last) last->push(packet, packet.key);
        last = to;
    }
    const Key key = packet.key;
    if (last)
        last->push(std::move(packet), key);
    else
        discard(std::move(packet));
}

void Engine::deliver_gap(Unit& unit, std::size_t output, const Gap& gap) {
    for (Connection* const to : unit.outputs[output].to) {
        if (!to->open()) continue;
        to->push(gap, gap.key);
        touch(*units_[static_cast<std::size_t>(to->to)]);
    }
}

void Engine::discard(Item item) {
    auto* const packet = std::get_if<Packet>(&item);
    if (!packet) return;
    trash_.push_back(std::move(packet->payload.data));
    trash_.push_back(std::move(packet->origin));
}

void Engine::empty(Connection& connection, bool count) {
    while (connection.head()) {
        Item item = connection.pop();
        if (count && std::holds_alternative<Packet>(item)) {
            Unit& from = *units_[static_cast<std::size_t>(connection.from)];
            count_drop(from.outputs[static_cast<std::size_t>(connection.output)].discarded);
        }
        discard(std::move(item));
    }
}

void Engine::count_drop(std::atomic<std::uint64_t>& place) {
    place.fetch_add(1, std::memory_order_relaxed);
    dropped_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace tarsier
