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
        if (next == Pairing::Next::Fire && is_late(unit, unit.priority)) {
            count_drop(unit.stats.late);
        } else if (next == Pairing::Next::Fire) {
            if (!is_full(unit)) make_ready(unit, unit.priority);
            return;
        }
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
    if (is_late(unit, unit.source.waiting.captured_at)) {
        drop_waiting(unit, unit.stats.late);
    } else if (!is_full(unit) && has_room(unit)) {
        unit.source.has_waiting = false;
        admit(unit, unit.source.waiting);
    }
}

void Engine::drop_waiting(Unit& unit, std::atomic<std::uint64_t>& counter) {
    unit.source.has_waiting = false;
    count_drop(counter);
    for (Payload& payload : unit.source.waiting.payloads) trash_.push_back(std::move(payload.data));
}

void Engine::admit(Unit& unit, SourceItem& item) {
    std::shared_ptr<const Origin> origin =
        unit.live ? take_place(unit, unit.index, item.sequence, item.captured_at)
                  : std::allocate_shared<Origin>(RecyclingAllocator<Origin>(unit.door.origins),
                                                 unit.index, item.sequence, item.captured_at);
    for (std::size_t i = 0; i < unit.outputs.size(); ++i) {
        if (item.payloads[i].data)
            deliver(unit, i, {item.key, item.duration, origin, std::move(item.payloads[i])});
        else
            deliver_gap(unit, i, {item.key, GapReason::NoResult});
    }
    trash_.push_back(std::move(origin));
}

/// Whether all places behind the door of the unit are taken.
bool Engine::is_full(const Unit& unit) const {
    return unit.live && unit.info.region && unit.door.in_flight >= unit.info.region->max_in_flight;
}

/// Whether an item is too old to pass the door of the unit.
bool Engine::is_late(const Unit& unit, Timestamp captured_at) const {
    return unit.live && unit.info.region && unit.info.region->budget > 0 &&
           clock_.now() - captured_at > unit.info.region->budget;
}

/// An origin that has a place behind the door of the unit.
std::shared_ptr<const Origin> Engine::take_place(Unit& unit, int source, std::uint64_t sequence,
                                                 Timestamp captured_at) {
    ++unit.door.in_flight;
    return std::allocate_shared<LiveOrigin>(RecyclingAllocator<LiveOrigin>(unit.door.origins),
                                            source, sequence, captured_at, unit.door.admission);
}

/// The packets of the firing pass the door: they take a place behind it and give back the one that
/// they had before.
void Engine::pass_door(Unit& unit) {
    std::shared_ptr<const Origin> before = std::move(unit.origin);
    unit.origin = take_place(unit, before->source, before->sequence, before->captured_at);
    for (InBase* const input : unit.node().inputs()) {
        if (!input->has_packet()) continue;
        Packet packet = input->packet();
        trash_.push_back(std::exchange(packet.origin, unit.origin));
        input->put(std::move(packet));
    }
    trash_.push_back(std::move(before));
}

/// Moves the packets of the ready set to the node.
void Engine::take_set(Unit& unit) {
    Turn turn{trash_, clock_};
    unit.pairing->take(turn);
    if (unit.live && unit.info.region) pass_door(unit);
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
        if (last) put_in(*last, packet, packet.key);
        last = to;
    }
    const Key key = packet.key;
    if (last)
        put_in(*last, std::move(packet), key);
    else
        discard(std::move(packet));
}

void Engine::deliver_gap(Unit& unit, std::size_t output, const Gap& gap) {
    for (Connection* const to : unit.outputs[output].to)
        if (to->open()) put_in(*to, gap, gap.key);
}

/// What waits before a door takes no place elsewhere: it must not hold up the other branches.
void Engine::leave_place(Unit& door, Item& item) {
    auto* const packet = std::get_if<Packet>(&item);
    if (!packet) return;
    const Origin& before = *packet->origin;
    auto origin = std::allocate_shared<Origin>(RecyclingAllocator<Origin>(door.door.waiting),
                                               before.source, before.sequence, before.captured_at);
    trash_.push_back(std::exchange(packet->origin, std::move(origin)));
}

void Engine::put_in(Connection& connection, Item item, const Key& key) {
    Unit& to = *units_[static_cast<std::size_t>(connection.to)];
    touch(to);
    if (to.live && to.info.region) leave_place(to, item);
    if (!connection.drops()) return connection.push(std::move(item), key);
    std::optional<Packet> dropped = connection.push_dropping(std::move(item), key);
    if (!dropped) return;
    // What was dropped may be what the consumer was about to take: it has to look again.
    if (to.state == Unit::State::Ready && !to.ending) {
        to.state = Unit::State::Idle;
        std::erase(ready_, &to);
    }
    count_drop(connection.overflowed);
    discard(std::move(*dropped));
}

/// The connection behind the unit that is full where that is an error, or null.
const Connection* Engine::overflow(const Unit& unit) const {
    for (const OutputState& output : unit.outputs)
        for (const Connection* to : output.to)
            if (to->would_overflow()) return to;
    return nullptr;
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
