// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/packet.h>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tarsier {

/// Holders of payloads and origins that wait to be destroyed without the engine's mutex.
using Trash = std::vector<std::shared_ptr<const void>>;

/// The queue between an output and an input: a ring of fixed size that never allocates once made.
/// Guarded by the engine's mutex.
class Connection {
  public:
    /// capacity >= 1 counts packets and gaps; epochs and the end find room besides them.
    Connection(int from, int output, int to, int input, int capacity)
        : from(from),
          output(output),
          to(to),
          input(input),
          capacity_(capacity),
          ring_(2 * static_cast<std::size_t>(capacity) + 1) {}

    const int from, output, to, input;  ///< indices of nodes and of their ports

    /// False once the consumer has ended: nobody reads what would be pushed.
    bool open() const { return open_; }
    bool has_room() const { return !open_ || filled_ < capacity_; }
    /// Whether the producer has ended and everything was read.
    bool ended() const { return ended_ && filled_ == 0; }

    /// A Packet or a Gap, after an EpochStart where the epoch changes. Only when open and with
    /// room.
    void push(Item item, const Key& key) {
        if (key.epoch != epoch_) append(EpochStart{epoch_ = key.epoch});
        append(std::move(item));
        ++filled_;
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
        --filled_;
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
    void append(Item item) { ring_[(first_ + size_++) % ring_.size()] = std::move(item); }
    void drop_first() {
        first_ = (first_ + 1) % ring_.size();
        --size_;
    }

    const int capacity_;
    int filled_ = 0;
    bool open_ = true;
    bool ended_ = false;
    std::uint32_t epoch_ = 0;
    std::vector<Item> ring_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tarsier
