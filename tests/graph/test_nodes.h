// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <tarsier/base/bounded_queue.h>
#include <tarsier/graph/graph.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

namespace tarsier::test {

/// What the test nodes exchange.
struct Number {
    static constexpr const char* kTypeName = "Number";
    std::int64_t value = 0;
};
struct Word {
    static constexpr const char* kTypeName = "Word";
    std::string text;
};

/// What test.camera takes its times from, and what test.fragile counts; set by the test that uses
/// them.
extern BoundedQueue<Timestamp>* camera_feed;
/// What every firing of test.gate takes one of.
extern std::counting_semaphore<100>* gate_opens;
extern std::atomic<int> gate_waits;  ///< how often test.gate began to wait
extern std::atomic<int> fragile_starts;
extern std::atomic<int> fragile_stops;

/// The clock of the graph, which test.mic and a live test.count set to the time of what they send.
extern ManualClock* source_clock;

extern const NodeClass Hops_class;
extern const NodeClass Mic_class;
extern const NodeClass Under_class;
extern const NodeClass Lag_class;
extern const NodeClass Swallow_class;
extern const NodeClass Recorder_class;

/// The table of the nodes in test_nodes.cpp and sound_nodes.cpp.
const Registry& test_registry();

/// A graph of test nodes from the lines under `nodes:`; fails the test when it is wrong.
Graph make_graph(const std::string& nodes, const GraphOptions& options = {});

/// Everything that came to a `sink.app`, in order. Thread-safe.
class Record {
  public:
    Record(Graph& graph, std::string_view sink) {
        graph.output(sink).on_packet([this](const Packet& packet) {
            const std::lock_guard lock(mutex_);
            keys_.push_back(packet.key);
            values_.push_back(packet.payload.as<Number>()->value);
        });
    }
    std::vector<std::int64_t> values() const {
        const std::lock_guard lock(mutex_);
        return values_;
    }
    std::vector<Key> keys() const {
        const std::lock_guard lock(mutex_);
        return keys_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::int64_t> values_;
    std::vector<Key> keys_;
};

/// The counters of a node.
NodeStats stats_of(const Graph& graph, std::string_view node);

}  // namespace tarsier::test
