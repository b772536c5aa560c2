// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/histogram.h>
#include <tarsier/base/recycler.h>
#include <array>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>

#include "check.h"
#include "connection.h"
#include "pairing.h"

namespace tarsier {

class Engine;
struct Unit;

/// What a node sees of the engine, and the recent latencies at the node. Bound to the node's
/// firings.
class UnitContext final : public NodeContext {
  public:
    LatencySummary latency() const override;
    /// Notes that an item captured `age` ns ago got here `now`.
    void arrived(Timestamp now, Timestamp age);
    void attach(const std::atomic<std::uint64_t>* dropped) { dropped_ = dropped; }

  private:
    static constexpr std::size_t kRecent = 128;
    struct Arrival {
        Timestamp at;
        Timestamp age;
    };
    std::array<Arrival, kRecent> recent_{};
    std::size_t count_ = 0;
    const std::atomic<std::uint64_t>* dropped_ = nullptr;
};

/// The places behind a door: an item gives its place back when the last packet that derives from it
/// is gone, even after the engine. Thread-safe.
class Admission {
  public:
    Admission(Engine* engine, Unit* unit) : engine_(engine), unit_(unit) {}
    void give_back();
    /// The engine goes.
    void detach();

  private:
    std::mutex mutex_;
    Engine* engine_;
    Unit* const unit_;
};

class LiveOrigin final : public Origin {
  public:
    LiveOrigin(int source, std::uint64_t sequence, Timestamp captured_at,
               std::shared_ptr<Admission> admission)
        : Origin(source, sequence, captured_at), admission_(std::move(admission)) {}
    ~LiveOrigin() override { admission_->give_back(); }

  private:
    const std::shared_ptr<Admission> admission_;
};

/// What one firing of a source brought.
struct SourceItem {
    Key key;
    Timestamp duration = 0;
    Timestamp captured_at = 0;
    std::uint64_t sequence = 0;
    std::vector<Payload> payloads;  ///< one per output; without data where nothing was sent
};

/// What only nodes without inputs have.
struct SourceState {
    bool finishing = false;  ///< no further firing
    std::uint32_t epoch = 0;
    Timestamp last_ts = std::numeric_limits<Timestamp>::min();
    Timestamp elapsed = 0;      ///< media time so far, ns
    Timestamp captured_at = 0;  ///< end of the last firing
    std::uint64_t sequence = 0;
    int failures_in_a_row = 0;
    bool has_waiting = false;
    SourceItem current;
    SourceItem waiting;  ///< the newest item, when there is no place for it yet
};

/// What a door knows: every source has one, and every node with `region:`.
struct DoorState {
    int in_flight = 0;
    std::shared_ptr<Admission> admission;  ///< null where there is no door
    std::shared_ptr<Recycler> origins = std::make_shared<Recycler>();
    std::shared_ptr<Recycler> waiting = std::make_shared<Recycler>();  ///< origins before the door
};

/// Counters of a node. Thread-safe.
struct UnitStats {
    std::atomic<std::uint64_t> late = 0;  ///< items over the budget of its region
    Histogram work;
    Histogram age;
    std::atomic<std::uint64_t> gaps = 0;
    std::atomic<std::uint64_t> errors = 0;
};

struct OutputState {
    std::vector<Connection*> to;
    std::atomic<std::uint64_t> superseded = 0;  ///< by a newer item of a live source
    std::atomic<std::uint64_t> discarded = 0;   ///< by a stop whose deadline had passed
};

/// A node in a running graph. Everything but the counters is guarded by the engine's mutex, or
/// belongs to the thread that runs the firing while `state` is Running.
struct Unit {
    enum class State { Idle, Ready, Running, Done };

    Unit(CheckedNode checked, int index)
        : info(std::move(checked)),
          index(index),
          inputs(node().inputs().size()),
          outputs(node().outputs().size()),
          sent(node().outputs().size()) {
        source.current.payloads.resize(outputs.size());
        source.waiting.payloads.resize(outputs.size());
    }

    Node& node() const { return *info.node; }
    bool is_source() const { return node().inputs().empty(); }
    bool is_sink() const { return outputs.empty(); }
    /// Whether time alone may make it fire. Known once the node has started.
    bool may_wait_for_time() const {
        return live && (info.sync.policy == Sync::Policy::Nearest ||
                        info.sync.policy == Sync::Policy::Span);
    }

    CheckedNode info;
    const int index;
    UnitContext context;
    std::stop_source stop;
    std::vector<Connection*> inputs;  ///< per input; null where nothing is connected
    std::vector<OutputState> outputs;
    std::unique_ptr<Pairing> pairing;  ///< null for sources
    bool live = false;                 ///< a live source is upstream, or it is one
    UnitStats stats;

    State state = State::Idle;
    bool ending = false;               ///< the next firing is Node::stop()
    bool dirty = false;                ///< on the engine's list of units to look at
    std::condition_variable wake;      ///< of a blocking node's thread
    Timestamp priority = 0;            ///< of the next firing: when its oldest packet was captured
    std::optional<Timestamp> wake_at;  ///< look again then, on the graph's clock
    Key key;                           ///< of the next or current firing
    SourceState source;
    DoorState door;
    bool may_overflow = false;  ///< a connection behind it makes that an error

    // Where the node moves its items in time (audio.resync).
    bool retimes = false;
    Timestamp shift = 0;
    Key told = kNever;  // of the last item, moved

    // The current firing.
    Timestamp duration = 0;
    std::shared_ptr<const Origin> origin;
    std::vector<std::optional<OutBase::Sent>> sent;
};

}  // namespace tarsier
