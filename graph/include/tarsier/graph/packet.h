// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <tarsier/base/clock.h>

namespace tarsier {

/// What a stream is ordered by. A source that jumps back in time opens a new epoch; that is no
/// error.
struct Key {
    std::uint32_t epoch = 0;
    Timestamp ts =
        0;  ///< ns on the graph's clock: monotonic for live sources, media time for files
    auto operator<=>(const Key&) const = default;
};

/// Where a result came from. All packets that derive from one item of a source share one Origin;
/// when the last of them is gone, the place that the item held in its region is free again.
class Origin {
  public:
    Origin(int source_index, std::uint64_t seq, Timestamp captured)
        : source(source_index), sequence(seq), captured_at(captured) {}
    virtual ~Origin() = default;
    Origin(const Origin&) = delete;
    Origin& operator=(const Origin&) = delete;

    const int source;              ///< index of the source node in its graph
    const std::uint64_t sequence;  ///< counts the source's items from 0, dropped ones included
    const Timestamp captured_at;   ///< when the source sent it, on the clock of the graph
};

/// A payload of any type, shared and immutable. `type` is the payload's kTypeName.
struct Payload {
    std::shared_ptr<const void> data;
    const char* type = nullptr;

    template <class T>
    static Payload of(std::shared_ptr<const T> value) {
        return {std::move(value), T::kTypeName};
    }
    /// The payload as a T, or null when it is something else.
    template <class T>
    const T* as() const {
        return type && std::string_view(type) == T::kTypeName ? static_cast<const T*>(data.get())
                                                              : nullptr;
    }
};

/// One item with content.
struct Packet {
    Key key;
    Timestamp duration = 0;  ///< ns; 0 when unknown
    std::shared_ptr<const Origin> origin;
    Payload payload;
};

enum class GapReason : std::uint8_t { NoResult, Dropped, Error, SourceLost };
/// "no_result", "dropped", "error", "source_lost".
std::string_view gap_reason_name(GapReason reason);

/// There is nothing at this key, and there will be nothing. Emitted by the engine, never by nodes.
struct Gap {
    Key key;
    GapReason reason = GapReason::NoResult;
};

/// The stream starts again at a new time.
struct EpochStart {
    std::uint32_t epoch = 0;
};

/// The payload's form changed (picture size, sample rate): `description` is for people and traces.
struct Format {
    std::string description;
};

/// The stream is over.
struct End {};

/// What travels along a connection, in order.
using Item = std::variant<Packet, Gap, EpochStart, Format, End>;

}  // namespace tarsier
