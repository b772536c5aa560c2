// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/recycler.h>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "connection.h"

namespace tarsier {

struct Unit;

/// Before every key of a stream.
inline constexpr Key kNever{0, std::numeric_limits<Timestamp>::min()};

/// What a pairing throws away and asks for while it looks at its inputs.
struct Turn {
    Trash& trash;
    const Clock& clock;                     ///< of the graph
    bool popped = false;                    ///< some connection has more room than before
    std::optional<Timestamp> wake_at = {};  ///< look again when the clock of the graph shows this
};

/// How the inputs of a node come together: which packets make the next firing. Guarded by the
/// engine's mutex.
///
/// Behind files (`!unit.live`) every choice is made in media time: a pairing waits until no input
/// can bring anything that would change it, so results depend on no speed. Behind live sources
/// `hold` and `any` take what is there, `nearest` and `span` wait for a bounded time.
class Pairing {
  public:
    enum class Next { Wait, End, Gap, Fire };

    explicit Pairing(Unit& unit) : unit_(unit) {}
    virtual ~Pairing() = default;
    Pairing(const Pairing&) = delete;
    Pairing& operator=(const Pairing&) = delete;

    /// What comes next. Sets the unit's `key` when that is Gap or Fire, and its `priority` when it
    /// is Fire. Asking again changes nothing.
    virtual Next look(Turn& turn) = 0;
    /// After Fire: moves the packets to the node; sets the unit's `origin` and `duration`.
    virtual void take(Turn& turn) = 0;
    /// After Gap: takes the items of this key off the inputs and says why they were of no use.
    virtual GapReason discard(Turn& turn) = 0;
    /// Lets go of what it kept of earlier items.
    virtual void clear(Trash&) {}

  protected:
    /// Takes the head of an input.
    Item pop(std::size_t input, Turn& turn);
    static void discard(Item item, Trash& trash);
    bool required(std::size_t input) const;

    Unit& unit_;
};

/// The pairing that `unit.info.sync` names.
std::unique_ptr<Pairing> make_pairing(Unit& unit);

/// One input leads, the others bring to its every packet what belongs to it: what `hold`, `nearest`
/// and `span` share. The firing has the key, the duration and the origin of the leading packet.
class LedPairing : public Pairing {
  public:
    explicit LedPairing(Unit& unit);
    Next look(Turn& turn) final;
    void take(Turn& turn) final;
    GapReason discard(Turn& turn) final;
    void clear(Trash& trash) override;

  protected:
    /// Chooses what belongs to the leading packet; false when it may still come. Asking again
    /// chooses the same.
    virtual bool gather(std::size_t input, const Packet& leading, Turn& turn) = 0;

    /// Behind live sources: takes off an input what the pairing will keep in any case, so that it
    /// holds no place in a region while the next leading packet is not there.
    virtual void absorb(std::size_t input, Turn& turn) { advance(input, last_, turn); }

    /// What an input has for the leading packet, and how far its stream is known.
    struct Follower {
        std::optional<Packet> kept;    ///< the newest packet at or before the leading one
        std::optional<Packet> chosen;  ///< what goes with the leading packet
        Key seen = kNever;             ///< key of the last item taken
    };
    /// Takes what is at or before `key` off the input, keeping the newest packet.
    void advance(std::size_t input, const Key& key, Turn& turn);
    /// Takes gaps off the head of the input: they only tell how far the stream is.
    const Item* skip_gaps(std::size_t input, Turn& turn);
    void keep(std::optional<Packet>& place, Packet packet, Trash& trash);
    void drop(std::optional<Packet>& place, Trash& trash);
    /// The packet with an origin that holds no place in a region: what is kept for later must not
    /// keep newer items out.
    Packet without_place(Packet packet, Trash& trash);
    /// Behind live sources: whether the graph's clock has passed `at`; asks to be woken otherwise.
    bool too_late(Timestamp at, Turn& turn) const;

    std::vector<Follower> followers_;  // per input

  private:
    const std::size_t leader_;
    Key last_ = kNever;  // of the last leading item
    std::shared_ptr<Recycler> origins_ = std::make_shared<Recycler>();
};

/// `span`: the sound under each leading packet, cut to the sample.
std::unique_ptr<Pairing> make_span_pairing(Unit& unit);

}  // namespace tarsier
