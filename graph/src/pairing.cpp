// SPDX-License-Identifier: Apache-2.0
// `exact`, `any`, `hold` and `nearest`.
#include "pairing.h"

#include <algorithm>

#include "unit.h"

namespace tarsier {
namespace {

/// All inputs at the same key. Streams are ordered, so the smallest key at the heads is complete
/// once every open input has a head.
class ExactPairing final : public Pairing {
  public:
    using Pairing::Pairing;

    Next look(Turn&) override {
        bool waits = false, any = false;
        for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
            Connection* const input = unit_.inputs[i];
            if (!input) continue;
            const Item* const head = input->head();
            if (!head) {
                if (!input->ended())
                    waits = true;
                else if (required(i))
                    return Next::End;
                continue;
            }
            const Key& key = Connection::key_of(*head);
            if (!any || key < unit_.key) unit_.key = key;
            any = true;
        }
        if (waits) return Next::Wait;
        return any ? judge() : Next::End;
    }

    void take(Turn& turn) override {
        unit_.duration = 0;
        for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
            if (!is_of_key(i)) continue;
            Item item = pop(i, turn);
            auto* const packet = std::get_if<Packet>(&item);
            if (!packet) continue;
            if (!unit_.origin || packet->origin->captured_at < unit_.origin->captured_at)
                unit_.origin = packet->origin;
            unit_.duration = std::max(unit_.duration, packet->duration);
            unit_.node().inputs()[i]->put(std::move(*packet));
        }
    }

    GapReason discard(Turn& turn) override {
        GapReason reason = GapReason::NoResult;
        for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
            if (!is_of_key(i)) continue;
            Item item = pop(i, turn);
            if (const auto* gap = std::get_if<Gap>(&item)) reason = gap->reason;
            Pairing::discard(std::move(item), turn.trash);
        }
        return reason;
    }

  private:
    bool is_of_key(std::size_t input) const {
        const Item* const head = unit_.inputs[input] ? unit_.inputs[input]->head() : nullptr;
        return head && Connection::key_of(*head) == unit_.key;
    }

    /// Whether the items of the unit's key are enough to fire.
    Next judge() const {
        bool complete = true, packets = false;
        unit_.priority = std::numeric_limits<Timestamp>::max();
        for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
            if (!unit_.inputs[i]) continue;
            const Item* const head = unit_.inputs[i]->head();
            const auto* packet = head ? std::get_if<Packet>(head) : nullptr;
            if (packet && packet->key == unit_.key) {
                unit_.priority = std::min(unit_.priority, packet->origin->captured_at);
                packets = true;
            } else if (required(i)) {
                complete = false;
            }
        }
        return complete && packets ? Next::Fire : Next::Gap;
    }
};

/// Every packet alone. Behind files in the order of their keys, behind live sources as they come;
/// what comes out is stamped so that it stays in order.
class AnyPairing final : public Pairing {
  public:
    explicit AnyPairing(Unit& unit)
        : Pairing(unit), seen_(unit.inputs.size(), kNever), last_(kNever) {}

    Next look(Turn& turn) override {
        for (;;) {
            bool waits = false;
            const Item* first = nullptr;
            for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
                Connection* const input = unit_.inputs[i];
                if (!input) continue;
                const Item* const head = input->head();
                if (!head) {
                    waits = waits || !input->ended();
                } else if (!first || precedes(*head, *first)) {
                    first = head;
                    from_ = i;
                }
            }
            if (waits && (!unit_.live || !first)) return Next::Wait;
            if (!first) return Next::End;
            const Key key = Connection::key_of(*first);
            if (const auto* packet = std::get_if<Packet>(first)) {
                unit_.key = std::max(key, Key{last_.epoch, last_.ts + 1});
                unit_.priority = packet->origin->captured_at;
                return Next::Fire;
            }
            reason_ = std::get<Gap>(*first).reason;
            (void)pop(from_, turn);
            seen_[from_] = key;
            if (everywhere_seen(unit_.key)) return Next::Gap;
        }
    }

    void take(Turn& turn) override {
        Packet packet = std::get<Packet>(pop(from_, turn));
        seen_[from_] = packet.key;
        last_ = unit_.key;
        unit_.origin = packet.origin;
        unit_.duration = packet.duration;
        unit_.node().inputs()[from_]->put(std::move(packet));
    }

    GapReason discard(Turn&) override {
        last_ = unit_.key;
        return reason_;
    }

  private:
    // A packet first: the gap of the same key then says nothing new.
    static bool precedes(const Item& a, const Item& b) {
        const Key &left = Connection::key_of(a), &right = Connection::key_of(b);
        return left != right ? left < right : a.index() < b.index();
    }

    /// Whether there is a key that all open inputs have passed and nothing was told of: sets it.
    bool everywhere_seen(Key& key) const {
        bool any = false;
        for (std::size_t i = 0; i < unit_.inputs.size(); ++i) {
            Connection* const input = unit_.inputs[i];
            if (!input || input->ended()) continue;
            if (!any || seen_[i] < key) key = seen_[i];
            any = true;
        }
        return any && last_ < key;
    }

    std::vector<Key> seen_;  // key of the last item taken, per input
    Key last_;               // of what was told last
    std::size_t from_ = 0;
    GapReason reason_ = GapReason::NoResult;
};

/// The newest packet at or before the leading one, if it is not too old.
class HoldPairing final : public LedPairing {
  public:
    using LedPairing::LedPairing;

  private:
    bool gather(std::size_t i, const Packet& leading, Turn& turn) override {
        advance(i, leading.key, turn);
        Connection& input = *unit_.inputs[i];
        if (!unit_.live && !input.head() && !input.ended() && followers_[i].seen < leading.key)
            return false;
        Follower& follower = followers_[i];
        const auto& kept = follower.kept;
        drop(follower.chosen, turn.trash);
        if (kept && kept->key.epoch == leading.key.epoch &&
            leading.key.ts - kept->key.ts <= unit_.info.sync.limit)
            follower.chosen = *kept;
        return true;
    }
};

/// The packet nearest to the leading one, if it is near enough; of two equally near the earlier.
class NearestPairing final : public LedPairing {
  public:
    using LedPairing::LedPairing;

  private:
    bool gather(std::size_t i, const Packet& leading, Turn& turn) override {
        advance(i, leading.key, turn);
        const Item* const head = skip_gaps(i, turn);
        const auto* const later = head ? std::get_if<Packet>(head) : nullptr;
        Follower& follower = followers_[i];
        const auto distance = [&](const Packet& packet) {
            return packet.key.epoch == leading.key.epoch ? std::abs(packet.key.ts - leading.key.ts)
                                                         : std::numeric_limits<Timestamp>::max();
        };
        Timestamp within = unit_.info.sync.limit;
        const Packet* best = nullptr;
        if (follower.kept && distance(*follower.kept) <= within) {
            best = &*follower.kept;
            within = distance(*best) - 1;
        }
        if (later && distance(*later) <= within) best = later;
        const bool known = later || unit_.inputs[i]->ended() ||
                           follower.seen >= Key{leading.key.epoch,
                                                leading.key.ts + std::max<Timestamp>(0, within)};
        if (!known && !too_late(leading.key.ts + unit_.info.sync.limit, turn)) return false;
        drop(follower.chosen, turn.trash);
        if (best) follower.chosen = without_place(*best, turn.trash);
        return true;
    }
};

}  // namespace

Item Pairing::pop(std::size_t input, Turn& turn) {
    turn.popped = true;
    return unit_.inputs[input]->pop();
}

void Pairing::discard(Item item, Trash& trash) {
    auto* const packet = std::get_if<Packet>(&item);
    if (!packet) return;
    trash.push_back(std::move(packet->payload.data));
    trash.push_back(std::move(packet->origin));
}

bool Pairing::required(std::size_t input) const { return unit_.node().inputs()[input]->required(); }

std::unique_ptr<Pairing> make_pairing(Unit& unit) {
    switch (unit.info.sync.policy) {
        case Sync::Policy::Exact:
            break;
        case Sync::Policy::Hold:
            return std::make_unique<HoldPairing>(unit);
        case Sync::Policy::Nearest:
            return std::make_unique<NearestPairing>(unit);
        case Sync::Policy::Span:
            return make_span_pairing(unit);
        case Sync::Policy::Any:
            return std::make_unique<AnyPairing>(unit);
    }
    return std::make_unique<ExactPairing>(unit);
}

LedPairing::LedPairing(Unit& unit)
    : Pairing(unit),
      followers_(unit.inputs.size()),
      leader_(static_cast<std::size_t>(unit.info.sync.leader)) {}

Pairing::Next LedPairing::look(Turn& turn) {
    Connection& leader = *unit_.inputs[leader_];
    for (std::size_t i = 0; unit_.live && i < followers_.size(); ++i)
        if (i != leader_ && unit_.inputs[i]) absorb(i, turn);
    const Item* const head = leader.head();
    if (!head) return leader.ended() ? Next::End : Next::Wait;
    unit_.key = Connection::key_of(*head);
    const auto* const packet = std::get_if<Packet>(head);
    if (!packet) return Next::Gap;
    bool complete = true;
    for (std::size_t i = 0; i < followers_.size(); ++i) {
        if (i == leader_ || !unit_.inputs[i]) continue;
        if (!gather(i, *packet, turn)) return Next::Wait;
        if (required(i) && !followers_[i].chosen) complete = false;
    }
    unit_.priority = packet->origin->captured_at;
    return complete ? Next::Fire : Next::Gap;
}

void LedPairing::take(Turn& turn) {
    Packet packet = std::get<Packet>(pop(leader_, turn));
    last_ = packet.key;
    unit_.origin = packet.origin;
    unit_.duration = packet.duration;
    unit_.node().inputs()[leader_]->put(std::move(packet));
    for (std::size_t i = 0; i < followers_.size(); ++i)
        if (followers_[i].chosen)
            unit_.node().inputs()[i]->put(std::exchange(followers_[i].chosen, std::nullopt));
}

GapReason LedPairing::discard(Turn& turn) {
    Item item = pop(leader_, turn);
    last_ = unit_.key;
    const auto* const gap = std::get_if<Gap>(&item);
    const GapReason reason = gap ? gap->reason : GapReason::NoResult;
    Pairing::discard(std::move(item), turn.trash);
    for (Follower& follower : followers_) drop(follower.chosen, turn.trash);
    return reason;
}

void LedPairing::clear(Trash& trash) {
    for (Follower& follower : followers_) {
        drop(follower.kept, trash);
        drop(follower.chosen, trash);
    }
}

void LedPairing::advance(std::size_t i, const Key& key, Turn& turn) {
    Follower& follower = followers_[i];
    for (const Item* head; (head = unit_.inputs[i]->head()) && Connection::key_of(*head) <= key;) {
        follower.seen = Connection::key_of(*head);
        Item item = pop(i, turn);
        if (auto* const packet = std::get_if<Packet>(&item))
            keep(follower.kept, std::move(*packet), turn.trash);
    }
}

const Item* LedPairing::skip_gaps(std::size_t i, Turn& turn) {
    const Item* head = nullptr;
    while ((head = unit_.inputs[i]->head()) && std::holds_alternative<Gap>(*head)) {
        followers_[i].seen = Connection::key_of(*head);
        (void)pop(i, turn);
    }
    return head;
}

void LedPairing::keep(std::optional<Packet>& place, Packet packet, Trash& trash) {
    drop(place, trash);
    place = without_place(std::move(packet), trash);
}

void LedPairing::drop(std::optional<Packet>& place, Trash& trash) {
    if (!place) return;
    Pairing::discard(std::move(*place), trash);
    place.reset();
}

Packet LedPairing::without_place(Packet packet, Trash& trash) {
    if (!unit_.live) return packet;
    auto free =
        std::allocate_shared<Origin>(RecyclingAllocator<Origin>(origins_), packet.origin->source,
                                     packet.origin->sequence, packet.origin->captured_at);
    trash.push_back(std::exchange(packet.origin, std::move(free)));
    return packet;
}

bool LedPairing::too_late(Timestamp at, Turn& turn) const {
    if (!unit_.live) return false;
    if (turn.clock.now() >= at) return true;
    turn.wake_at = turn.wake_at ? std::min(*turn.wake_at, at) : at;
    return false;
}

}  // namespace tarsier
