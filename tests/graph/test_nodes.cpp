// SPDX-License-Identifier: Apache-2.0
#include "test_nodes.h"

#include <stdexcept>
#include <thread>

namespace tarsier::test {

BoundedQueue<Timestamp>* camera_feed = nullptr;
std::counting_semaphore<100>* gate_opens = nullptr;
std::atomic<int> gate_waits = 0;
ManualClock* source_clock = nullptr;
std::atomic<int> fragile_starts = 0;
std::atomic<int> fragile_stops = 0;

namespace {

/// Counts from 0, one number every `step`.
struct Count final : Node {
    Out<Number> number{this, "number", "0, 1, 2, ..."};
    Option<int> count{this, "count", 10, "how many; 0 = without end", within(0, 1'000'000)};
    Option<Duration> step{this, "step", Duration{10 * kMillisecond}, "from one to the next",
                          within(0.001, 10)};
    Option<int> back_at{this, "back_at", -1, "the number at which time starts again"};
    Option<int> fail_at{this, "fail_at", -1, "the number at which it fails"};
    Option<bool> is_live{this, "live", false, "whether time does not wait"};

    Status process() override {
        const int n = next_++;
        if (*count > 0 && n + 1 >= *count) finish();
        if (n == *fail_at) return {Code::BadData, "the counter is broken"};
        const int tick = *back_at >= 0 && n >= *back_at ? n - *back_at : n;
        if (*is_live) source_clock->set(tick * step->ns);
        return number.send(Number{n}, Stamp{tick * step->ns, step->ns});
    }
    bool live() const override { return *is_live; }

  private:
    int next_ = 0;
};

/// Sends one number for every time in camera_feed.
struct Camera final : Node {
    static constexpr bool kBlocking = true;

    Out<Number> number{this, "number", "counts its frames"};
    Option<bool> is_live{this, "live", true, "whether time does not wait"};

    Status process() override {
        const std::optional<Timestamp> ts = camera_feed->pop(context().stop);
        if (ts) return number.send(Number{next_++}, Stamp{*ts, 0});
        finish();
        return Ok{};
    }
    bool live() const override { return *is_live; }

  private:
    std::int64_t next_ = 0;
};

struct Scale final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> scaled{this, "scaled", "the number, multiplied"};
    Option<int> factor{this, "factor", 2, "multiplier", within(-1000, 1000)};

    Status process() override { return scaled.send(Number{number->value * *factor}); }
};

/// Silent at odd numbers.
struct Even final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> even{this, "even", "the number, when it is even"};

    Status process() override {
        return number->value % 2 == 0 ? even.send(number.share()) : Status(Ok{});
    }
};

struct Split final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> even{this, "even", "even numbers"};
    Out<Number> odd{this, "odd", "odd numbers"};

    Status process() override { return (number->value % 2 == 0 ? even : odd).send(number.share()); }
};

struct Pair final : Node {
    In<Number> a{this, "a", "first"};
    In<Number> b{this, "b", "second"};
    Out<Number> pair{this, "pair", "1000000 a + b"};

    Status process() override { return pair.send(Number{a->value * 1'000'000 + b->value}); }
};

struct Either final : Node {
    In<Number> a{this, "a", "first", Need::Optional};
    In<Number> b{this, "b", "second", Need::Optional};
    Out<Number> sum{this, "sum", "a + b, -1000 for what is missing"};

    Status process() override {
        return sum.send(
            Number{(a.has_packet() ? a->value : -1000) + (b.has_packet() ? b->value : -1000)});
    }
};

struct Spell final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Word> word{this, "word", "its digits"};
    Option<std::string> style{this, "style", "plain", "how", one_of({"plain", "fancy"})};
    Option<std::string> colour{this, "colour", "#ffffff", "of the ink", a_color()};
    Option<std::string> model{this, "model", "", "unused", a_model()};
    Option<float> weight{this, "font.weight", 0.5f, "of the strokes", within(0, 1)};
    Option<bool> upper{this, "font.upper", false, "capitals"};

    Status process() override { return word.send(Word{std::to_string(number->value)}); }
};

/// Fails where it is told to.
struct Fragile final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> same{this, "same", "the number"};
    Option<std::string> fails{this, "fails", "never", "when",
                              one_of({"never", "start", "process", "throw", "give_up", "stop"})};
    Option<int> at{this, "at", 3, "the number at which process fails"};

    Status start() override {
        if (*fails == "start") return {Code::NotFound, "nothing to start with"};
        ++fragile_starts;
        return Ok{};
    }
    Status process() override {
        if (number->value == *at && *fails == "throw") throw std::runtime_error("thrown");
        if (number->value == *at && *fails == "process") return {Code::BadData, "cannot bear this"};
        if (number->value == *at && *fails == "give_up") return {Code::Cancelled, "window closed"};
        return same.send(number.share());
    }
    Status stop() override {
        ++fragile_stops;
        if (*fails == "stop") return {Code::Io, "cannot finish the file"};
        return Ok{};
    }
};

/// Does not return from its first firing before it is told to stop.
struct Stuck final : Node {
    static constexpr bool kBlocking = true;

    In<Number> number{this, "number", "a number"};

    Status process() override {
        BoundedQueue<int> nothing(1);
        (void)nothing.pop(context().stop);
        return {Code::Cancelled, "gave up"};
    }
};

/// Lets a number pass for every time that gate_opens.
struct Gate final : Node {
    static constexpr bool kBlocking = true;

    In<Number> number{this, "number", "a number"};
    Out<Number> same{this, "same", "the number"};

    Status process() override {
        ++gate_waits;
        gate_opens->acquire();
        return same.send(number.share());
    }
};

/// A live source that never has anything.
struct Quiet final : Node {
    static constexpr bool kBlocking = true;

    Out<Number> number{this, "number", "nothing"};

    Status process() override {
        BoundedQueue<int> nothing(1);
        (void)nothing.pop(context().stop);
        finish();
        return Ok{};
    }
    bool live() const override { return true; }
};

/// A sink on a thread of the pool.
struct Drop final : Node {
    In<Number> number{this, "number", "a number"};
    Option<Duration> work{this, "work", Duration{0}, "time it takes", within(0, 1)};

    Status process() override {
        if (work->ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(work->ns));
        return Ok{};
    }
};

/// Sends the latency that the engine tells it.
struct Meter final : Node {
    In<Number> number{this, "number", "a number"};
    Out<Number> p50{this, "p50", "median latency, ns"};

    Status process() override {
        return p50.send(Number{static_cast<std::int64_t>(context().latency().p50_ms * 1e6)});
    }
};

TARSIER_NODE(Count, "test.count", "Counts.");
TARSIER_NODE(Camera, "test.camera", "Counts frames.");
TARSIER_NODE(Scale, "test.scale", "Multiplies.");
TARSIER_NODE(Even, "test.even", "Lets even numbers pass.");
TARSIER_NODE(Split, "test.split", "Parts even from odd.");
TARSIER_NODE(Pair, "test.pair", "Pairs two numbers.");
TARSIER_NODE(Either, "test.either", "Adds what is there.");
TARSIER_NODE(Spell, "test.spell", "Writes a number.");
TARSIER_NODE(Fragile, "test.fragile", "Fails.");
TARSIER_NODE(Stuck, "test.stuck", "Hangs.");
TARSIER_NODE(Gate, "test.gate", "Waits to be opened.");
TARSIER_NODE(Quiet, "test.quiet", "Says nothing.");
TARSIER_NODE(Drop, "test.drop", "Takes numbers.");
TARSIER_NODE(Meter, "test.meter", "Measures.");

constexpr const NodeClass* kTable[] = {
    &Count_class, &Camera_class,  &Scale_class,    &Even_class,    &Split_class,
    &Pair_class,  &Either_class,  &Spell_class,    &Fragile_class, &Stuck_class,
    &Drop_class,  &Meter_class,   &Hops_class,     &Mic_class,     &Under_class,
    &Lag_class,   &Swallow_class, &Recorder_class, &Gate_class,    &Quiet_class};
constexpr Registry kRegistry{kTable};

}  // namespace

const Registry& test_registry() { return kRegistry; }

Graph make_graph(const std::string& nodes, const GraphOptions& options) {
    Result<Graph> graph =
        Graph::parse("tarsier: 1\nnodes:\n" + nodes, "test.yaml", {}, options, test_registry());
    if (!graph) ADD_FAILURE() << graph.error().to_string();
    return std::move(*graph);
}

NodeStats stats_of(const Graph& graph, std::string_view node) {
    for (const NodeStats& stats : graph.stats().nodes)
        if (stats.id == node) return stats;
    ADD_FAILURE() << "no node " << node;
    return {};
}

}  // namespace tarsier::test
