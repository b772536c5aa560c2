// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/packet.h>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "spec.h"

namespace tarsier {

/// Holders of payloads and origins that wait to be destroyed without the engine's mutex.
using Trash = std::vector<std::shared_ptr<const void>>;

/// The queue between an output and an input: a ring of fixed size that never allocates once made.
/// Guarded by the engine's mutex.
class Connection {
  public:
    /// capacity >= 1 counts packets and gaps; epochs and the end find room besides them.
    Connection(int from, int output, int to, int input, int capacity, Full full, SourcePos where)
        : from(from),
          output(output),
          to(to),
          input(input),
          capacity(capacity),
          full(full),
          where(std::move(where)),
          ring_((full == Full::Block ? 2 : 4) * static_cast<std::size_t>(capacity) + 5) {}

    const int from, output, to, input;  ///< indices of nodes and of their ports
    const int capacity;
    const Full full;
    const SourcePos where;                      ///< in the graph file
    std::atomic<std::uint64_t> overflowed = 0;  ///< packets that found it full

    /// Behind a live source what `full` says holds; otherwise the connection blocks.
    void set_live(bool live) { live_ = live; }
    bool drops() const { return live_ && (full == Full::DropOldest || full == Full::DropNewest); }
    /// Whether a packet now would be an error.
    bool would_overflow() const {
        return live_ && full == Full::Error && open_ && filled_ >= capacity;
    }

    /// False once the consumer has ended: nobody reads what would be pushed.
    bool open() const { return open_; }
    bool has_room() const { return !open_ || filled_ < capacity || drops(); }
    /// Whether the producer has ended and everything was read.
    bool ended() const { return ended_ && size_ == 0; }

    /// A Packet or a Gap, after an EpochStart where the epoch changes. Only when open and with
    /// room.
    void push(Item item, const Key& key) {
        append_data(std::move(item), key);
        ++filled_;
    }
    /// The same where the connection drops(). Counts packets only; gaps that follow each other
    /// become one, which says the same. Gives the packet that had to go, for which a gap stands.
    std::optional<Packet> push_dropping(Item item, const Key& key) {
        std::optional<Packet> dropped;
        auto* const packet = std::get_if<Packet>(&item);
        if (packet && filled_ >= capacity && full == Full::DropNewest) {
            dropped = std::move(*packet);
            push_gap({key, GapReason::Dropped});
        } else if (packet) {
            if (filled_ >= capacity) dropped = drop_oldest();
            push(std::move(item), key);
        } else {
            push_gap(std::get<Gap>(item));
        }
        return dropped;
    }
    void push_end() {
        if (!open_ || ended_) return;
        append(End{});
        ended_ = true;
    }

    /// The next Packet or Gap, or null. Steps over items that carry no data.
    const Item* head() {
        while (size_ > 0 && !is_data(ring_[first_])) drop_first();
        return size_ > 0 ? &ring_[first_] : nullptr;
    }
    /// Takes what head() shows.
    Item pop() {
        Item item = std::exchange(ring_[first_], End{});
        drop_first();
        if (!drops() || std::holds_alternative<Packet>(item)) --filled_;
        return item;
    }
    /// From now on nothing is taken. The queue must be empty.
    void close() { open_ = false; }

    static const Key& key_of(const Item& item) {
        const auto* packet = std::get_if<Packet>(&item);
        return packet ? packet->key : std::get<Gap>(item).key;
    }

  private:
    static bool is_data(const Item& item) {
        return std::holds_alternative<Packet>(item) || std::holds_alternative<Gap>(item);
    }

    void push_gap(const Gap& gap) {
        Item* const last = size_ > 0 ? &ring_[(first_ + size_ - 1) % ring_.size()] : nullptr;
        if (!last || !std::holds_alternative<Gap>(*last)) return append_data(gap, gap.key);
        epoch_ = gap.key.epoch;
        *last = gap;
    }

    /// Puts a gap where the first packet was; gaps before it say nothing more.
    Packet drop_oldest() {
        while (!std::holds_alternative<Packet>(ring_[first_])) drop_first();
        Packet packet = std::move(std::get<Packet>(ring_[first_]));
        ring_[first_] = Gap{packet.key, GapReason::Dropped};
        --filled_;
        return packet;
    }

    void append_data(Item item, const Key& key) {
        if (key.epoch != epoch_) append(EpochStart{epoch_ = key.epoch});
        append(std::move(item));
    }
    void append(Item item) { ring_[(first_ + size_++) % ring_.size()] = std::move(item); }
    void drop_first() {
        first_ = (first_ + 1) % ring_.size();
        --size_;
    }

    bool live_ = false;
    int filled_ = 0;
    bool open_ = true;
    bool ended_ = false;
    std::uint32_t epoch_ = 0;
    std::vector<Item> ring_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tarsier
