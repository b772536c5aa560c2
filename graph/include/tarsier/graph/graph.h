// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/graph/registry.h>

namespace tarsier {

/// Values for the `params:` of a graph file, as text: {"source", "camera:0"}.
using Params = std::map<std::string, std::string>;

struct GraphOptions {
    int threads = 0;               ///< of the pool that runs nodes; 0 = one per core
    bool headless = false;         ///< turns windows into null:
    const Clock* clock = nullptr;  ///< null = monotonic
    Timestamp duration =
        0;  ///< sources end after this much time, ns; 0 = when they end by themselves
    int max_in_flight = 2;            ///< live sources: items between source and sinks at once
    std::uint64_t schedule_seed = 0;  ///< for tests; not 0: what is ready fires in random order
};

/// Distribution of durations in milliseconds.
struct Percentiles {
    std::uint64_t count = 0;
    double p50_ms = 0, p95_ms = 0, p99_ms = 0, max_ms = 0;
};

struct NodeStats {
    std::string id;
    std::string type;
    Percentiles work;           ///< time in process()
    Percentiles age;            ///< capture to the end of process(); sinks: capture to shown
    std::uint64_t dropped = 0;  ///< items dropped at this node's outputs
    std::uint64_t gaps = 0;     ///< firings without a result
    std::uint64_t errors = 0;   ///< items that failed
};

/// One call of a node's process(), for traces. All firings that derive from one item of a source
/// carry its number.
struct Firing {
    std::string_view node;       ///< the node's name in its graph
    int source = 0;              ///< index of the source that the oldest input came from
    std::uint64_t sequence = 0;  ///< which of its items
    Timestamp begin = 0;         ///< monotonic_now() before and after, ns
    Timestamp end = 0;
};

struct GraphStats {
    double seconds = 0;  ///< since start()
    std::vector<NodeStats> nodes;
    Percentiles end_to_end;  ///< from capture to the end of the sinks' work
    std::uint64_t dropped = 0;
    std::vector<std::pair<std::string, std::uint64_t>> drops;  ///< "node.port: reason" and count
};

/// Where a program takes packets out: a `sink.app` node of the graph. Thread-safe.
class AppOutput {
  public:
    /// Called for every packet, one at a time, on a thread of the graph; set it before start().
    virtual void on_packet(std::function<void(const Packet&)> callback) = 0;

  protected:
    ~AppOutput() = default;
};

/// Where a program puts packets in: a `source.app` node of the graph. Thread-safe.
class AppInput {
  public:
    /// Waits while the graph is busy; fails with Cancelled once the graph has stopped. Stamps of
    /// one input must grow; without a stamp the clock of the graph is taken.
    virtual Status send(Image&& image) = 0;
    virtual Status send(Image&& image, Stamp stamp) = 0;
    /// Nothing more comes; the graph ends when the rest is through.
    virtual void finish() = 0;

  protected:
    ~AppInput() = default;
};

/// A running or runnable dataflow graph.
///
///     auto g = Graph::load("portrait.yaml", {{"source", "camera:0"}});
///     g->output("result").on_packet([](const Packet& p) { show(*p.payload.as<Image>()); });
///     g->start();
///     ...
///     g->stop();
///
/// Life cycle calls are idempotent and thread-safe.
class Graph {
  public:
    /// Reads, checks and builds a graph file. All mistakes are reported at once: the first as the
    /// Error, the rest in its `others`, each with file:line:col.
    static Result<Graph> load(const std::filesystem::path& file, const Params& params = {},
                              const GraphOptions& options = {},
                              const Registry& registry = builtin_registry());
    /// The same from text; `name` stands for the file in messages.
    static Result<Graph> parse(std::string_view text, const std::string& name,
                               const Params& params = {}, const GraphOptions& options = {},
                               const Registry& registry = builtin_registry());

    Graph(Graph&&) noexcept;
    Graph& operator=(Graph&&) noexcept;
    ~Graph();  ///< stops; not on the graph's own threads

    /// The `sink.app` or `source.app` node of this name; asserts that it exists and is one (see
    /// has_*).
    AppOutput& output(std::string_view node);
    AppInput& input(std::string_view node);
    bool has_output(std::string_view node) const;
    bool has_input(std::string_view node) const;

    /// Sees every packet that a sink is about to process: (node id, port, packet). Called on the
    /// sinks' threads: for one sink in order, for several at the same time. Set before start().
    void on_sink_packet(
        std::function<void(std::string_view, std::string_view, const Packet&)> observer);
    /// Sees every firing after its end, on the thread that ran it, several at once. Set before
    /// start().
    void on_firing(std::function<void(const Firing&)> observer);

    /// Starts every node. On an error everything started is stopped again. A graph runs once: when
    /// it has ended, start() fails with Usage.
    Status start();
    /// Waits until the graph has ended and gives its first error, if any. Fails with Usage before
    /// start() and on the graph's own threads (in on_packet(), say).
    Status wait();
    /// Asks the sources to end and lets what is inside drain; returns at once. Before start() it
    /// makes the graph end as soon as it runs. Safe in signal-driven code (from an ordinary
    /// thread).
    void request_stop();
    /// request_stop(), waits for at most `deadline`, then cancels: what is inside is thrown away
    /// and counted. Gives the graph's first error, Cancelled with the names of the busy nodes when
    /// it did not drain. On the graph's own threads it only asks.
    Status stop(Timestamp deadline = 5 * kSecond);
    bool running() const;

    GraphStats stats() const;

    class Impl;  ///< not public

  private:
    explicit Graph(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A way that raw pictures or sound take out of a graph. What is an Image or Audio downstream of a
/// source that gives one counts as raw, whatever the nodes between do with it.
struct RawFlow {
    std::string what;    ///< "pictures" or "sound"
    std::string path;    ///< "camera.image -> blur.image -> show"
    std::string node;    ///< that lets it out
    std::string to;      ///< "disk" or "network"
    std::string target;  ///< the file or URI
    SourcePos where;     ///< of the node
};

/// What the pairing of a node's inputs costs.
struct PairingCost {
    std::string node;
    std::string sync;  ///< "exact", "hold", ...
    std::string cost;  ///< in words
};

/// The most items that may be inside a graph at once: in connections, in nodes and kept by
/// pairings.
struct HeldItems {
    int pictures = 0;
    int sounds = 0;  ///< packets of sound; `span` keeps up to 10 s besides
    int others = 0;
};

/// What the checker says besides errors.
struct CheckReport {
    std::vector<Error> errors;
    std::vector<Error> warnings;
    int nodes = 0;
    int connections = 0;
    HeldItems held;
    std::vector<PairingCost> pairings;  ///< of nodes with several connected inputs
    std::vector<RawFlow> raw;           ///< to disk and network; empty: nothing raw leaves
};

/// Checks a graph file as load() does, opens nothing: syntax and meaning, all mistakes at once.
CheckReport check_graph(const std::filesystem::path& file, const Params& params = {},
                        const Registry& registry = builtin_registry());

/// JSON Schema (draft 2020-12) of graph files with these nodes.
std::string graph_schema(const Registry& registry = builtin_registry());

/// One node type as JSON: doc, ports, options with type, default, range and doc. With newline.
std::string describe_node(const NodeClass& type);

}  // namespace tarsier
