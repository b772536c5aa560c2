// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/graph.h>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "check.h"
#include "unit.h"

namespace tarsier {

/// Runs a checked graph. One mutex guards all connections and states; it is held for the
/// bookkeeping between firings only, never while a node runs and never while payloads or origins
/// are destroyed. Thread-safe.
///
/// A unit is Idle until settle() finds that it can fire, then Ready, then Running on a thread of
/// the pool (or on its own, when it is blocking), then Idle again. Its last firing is Node::stop(),
/// after which it is Done. The graph has ended when every unit is Done.
class Engine {
  public:
    using Observer = std::function<void(std::string_view, std::string_view, const Packet&)>;

    Engine(CheckedGraph graph, const GraphOptions& options, const std::filesystem::path& graph_dir);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    Status start();
    Status wait();
    void request_stop();
    Status stop(Timestamp deadline);
    bool running() const;
    GraphStats stats() const;
    void observe(Observer observer) { observer_ = std::move(observer); }
    void observe_firings(std::function<void(const Firing&)> observer) {
        firing_observer_ = std::move(observer);
    }
    /// The node of this name, or null.
    Node* find(std::string_view id) const;

    /// A place of a live source is free again; what is to be destroyed then goes to `trash`. For
    /// Admission.
    void place_is_free(Unit& unit, Trash& trash);

  private:
    class Guard;

    // engine.cpp: life
    Status start_units();
    void start_threads();
    void start_timer();
    void alarm_thread();
    void cancel(Timestamp deadline);
    void await_end();
    void join();
    bool is_behind_live(const Unit& unit) const;
    bool on_own_thread() const;
    std::string busy_units() const;
    void add_drops(const Unit& unit, NodeStats& node, GraphStats& stats) const;
    Status first_error() const;
    void record_error(const Unit& unit, Error error);

    // firing.cpp: threads and what they do
    void pool_thread();
    void unit_thread(Unit& unit);
    Unit* pick();
    void run(Unit& unit, std::unique_lock<std::mutex>& lock, Trash& trash);
    Status fire(Unit& unit);
    bool collect(Unit& unit, const Status& status);
    bool collect_source(Unit& unit, const Status& status);
    bool take_source_item(Unit& unit);
    Error overflow_error(const Connection& connection) const;
    bool survives(Unit& unit, const Status& status);
    void discard_sent(Unit& unit);
    void wake_pool();
    void unlock_and_empty(std::unique_lock<std::mutex>& lock, Trash& trash);

    // flow.cpp: what may fire, and where items go
    void touch(Unit& unit);
    void touch_producers(const Unit& unit);
    void settle_all();
    void settle(Unit& unit);
    void settle_source(Unit& unit);
    void admit_waiting(Unit& unit);
    void drop_waiting(Unit& unit, std::atomic<std::uint64_t>& counter);
    bool is_full(const Unit& unit) const;
    bool is_late(const Unit& unit, Timestamp captured_at) const;
    std::shared_ptr<const Origin> take_place(Unit& unit, int source, std::uint64_t sequence,
                                             Timestamp captured_at);
    void pass_door(Unit& unit);
    void admit(Unit& unit, SourceItem& item);
    void take_set(Unit& unit);
    void discard_set(Unit& unit, Turn& turn);
    Key outgoing(Unit& unit);
    void wake_later(Unit& unit, Timestamp at);
    void make_ready(Unit& unit, Timestamp priority);
    void end(Unit& unit);
    bool has_room(const Unit& unit) const;
    bool is_abandoned(const Unit& unit) const;
    void deliver(Unit& unit, std::size_t output, Packet packet);
    void deliver_gap(Unit& unit, std::size_t output, const Gap& gap);
    void leave_place(Unit& door, Item& item);
    void put_in(Connection& connection, Item item, const Key& key);
    const Connection* overflow(const Unit& unit) const;
    void discard(Item item);
    void empty(Connection& connection, bool count);
    void count_drop(std::atomic<std::uint64_t>& place);

    const GraphOptions options_;
    std::minstd_rand schedule_;  // with a schedule_seed
    const MonotonicClock monotonic_;
    const Clock& clock_;
    Observer observer_;
    std::function<void(const Firing&)> firing_observer_;
    std::deque<Connection> connections_;
    std::vector<std::unique_ptr<Unit>> units_;  // sources first

    std::mutex life_;  // one start or join at a time; taken before mutex_
    mutable std::mutex mutex_;
    std::condition_variable wake_;   // of the pool
    std::condition_variable ended_;  // every unit is Done
    std::condition_variable alarm_;  // of the thread that looks at units when their time has come
    bool started_ = false;
    bool cancelled_ = false;
    std::size_t alive_ = 0;  // units that are not Done
    std::size_t idle_ = 0;   // threads of the pool that wait
    std::size_t signalled_ = 0;
    std::vector<Unit*> ready_;  // for the pool
    std::vector<Unit*> dirty_;
    Trash trash_;
    std::optional<Error> error_;
    std::vector<std::thread> threads_;
    std::atomic<bool> stopping_ = false;
    Histogram end_to_end_;
    std::atomic<std::uint64_t> dropped_ = 0;
    Timestamp started_at_ = 0;
    Timestamp ended_at_ = 0;
    std::jthread timer_;  // ends live sources after options_.duration
};

/// The mutex for callers that are no thread of the graph: on leaving, what they changed is acted
/// upon.
class Engine::Guard {
  public:
    explicit Guard(Engine& engine) : engine_(engine), lock_(engine.mutex_) {}
    ~Guard() {
        engine_.settle_all();
        engine_.wake_pool();
        Trash trash;
        engine_.unlock_and_empty(lock_, trash);
    }

  private:
    Engine& engine_;
    std::unique_lock<std::mutex> lock_;
};

}  // namespace tarsier
