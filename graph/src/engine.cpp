// SPDX-License-Identifier: Apache-2.0
// The life of a graph: start, stop and what comes between them for callers.
#include "engine.h"

#include <fmt/format.h>
#include <pthread.h>

#include <tarsier/base/log.h>
#include <algorithm>
#include <chrono>

#include "call.h"

namespace tarsier {
namespace {

constexpr Timestamp kPatience =
    5 * kSecond;  // between two complaints about a node that does not return

// The engine whose thread this is. (Ids will not do: the system gives those of ended threads to new
// ones.)
constinit thread_local const Engine* engine_of_thread = nullptr;

GraphOptions sane(GraphOptions options) {
    if (options.threads <= 0)
        options.threads = static_cast<int>(std::thread::hardware_concurrency());
    options.threads = std::max(1, options.threads);
    options.max_in_flight = std::max(1, options.max_in_flight);
    return options;
}

}  // namespace

Engine::Engine(CheckedGraph graph, const GraphOptions& options,
               const std::filesystem::path& graph_dir)
    : options_(sane(options)),
      schedule_(static_cast<std::minstd_rand::result_type>(options.schedule_seed)),
      clock_(options.clock ? *options.clock : monotonic_) {
    for (CheckedNode& node : graph.nodes)
        units_.push_back(std::make_unique<Unit>(std::move(node), static_cast<int>(units_.size())));
    for (const CheckedEdge& edge : graph.edges) {
        Connection& connection = connections_.emplace_back(
            edge.from, edge.output, edge.to, edge.input, edge.capacity, edge.full, edge.where);
        units_[static_cast<std::size_t>(edge.from)]
            ->outputs[static_cast<std::size_t>(edge.output)]
            .to.push_back(&connection);
        units_[static_cast<std::size_t>(edge.to)]->inputs[static_cast<std::size_t>(edge.input)] =
            &connection;
    }
    for (const auto& unit : units_) {
        unit->context.id = unit->info.id;
        unit->context.graph_dir = graph_dir;
        unit->context.headless = options.headless;
        unit->context.stop = unit->stop.get_token();
        unit->context.attach(&dropped_);
        unit->node().attach(&unit->context);
        if (unit->is_source() && !unit->info.region) unit->info.region = Region{};
        if (unit->info.region) {
            if (unit->info.region->max_in_flight == 0)
                unit->info.region->max_in_flight = options_.max_in_flight;
            unit->door.admission = std::make_shared<Admission>(this, unit.get());
        }
        if (!unit->is_source()) unit->pairing = make_pairing(*unit);
    }
    ready_.reserve(units_.size());
    dirty_.reserve(units_.size());
}

Engine::~Engine() {
    (void)stop(kPatience);
    // Packets that the program still holds must not call back into an engine that is gone.
    for (const auto& unit : units_)
        if (unit->door.admission) unit->door.admission->detach();
}

Status Engine::start() {
    const std::lock_guard life(life_);
    {
        const std::lock_guard lock(mutex_);
        if (error_ && !started_) return *error_;
        if (started_ && alive_ > 0) return Ok{};
        if (started_)
            return {Code::Usage, "the graph has already run", "load it again to run it once more"};
    }
    TARSIER_CHECK(start_units());
    start_threads();
    start_timer();
    return Ok{};
}

Status Engine::start_units() {
    for (std::size_t i = 0; i < units_.size(); ++i) {
        Unit& unit = *units_[i];
        // Sources come first, and every node after those it takes from.
        unit.live = unit.context.live = is_behind_live(unit);
        const Status status = call_node([&] { return unit.node().start(); });
        if (!status) {
            {
                const std::lock_guard lock(mutex_);
                record_error(unit, status.error());
            }
            while (i-- > 0) (void)call_node([&] { return units_[i]->node().stop(); });
            return first_error();
        }
        if (unit.is_source()) unit.live = unit.node().live();
    }
    for (Connection& connection : connections_) {
        Unit& from = *units_[static_cast<std::size_t>(connection.from)];
        connection.set_live(from.live);
        from.may_overflow |= from.live && connection.full == Full::Error;
    }
    return Ok{};
}

void Engine::start_threads() {
    // Threads begin by taking the mutex: none runs a node before all have been made.
    const Guard guard(*this);
    started_ = true;
    started_at_ = monotonic_now();
    alive_ = units_.size();
    std::size_t pooled = 0;
    const auto launch = [this](auto&& body) {
        threads_.emplace_back([this, body] {
            engine_of_thread = this;
            body();
        });
        pthread_setname_np(threads_.back().native_handle(), "tarsier-graph");
    };
    for (const auto& unit : units_) {
        touch(*unit);
        if (unit->info.type->blocking)
            launch([this, &unit = *unit] { unit_thread(unit); });
        else
            ++pooled;
    }
    const std::size_t pool = std::min(pooled, static_cast<std::size_t>(options_.threads));
    for (std::size_t i = 0; i < pool; ++i) launch([this] { pool_thread(); });
    if (std::ranges::any_of(units_, [](const auto& unit) { return unit->may_wait_for_time(); }))
        launch([this] { alarm_thread(); });
}

/// Looks at units again when the time that they asked for has come.
void Engine::alarm_thread() {
    Trash trash;
    std::unique_lock lock(mutex_);
    while (alive_ > 0) {
        const Timestamp now = clock_.now();
        for (const auto& unit : units_)
            if (unit->wake_at && *unit->wake_at <= now) {
                unit->wake_at.reset();
                touch(*unit);
            }
        settle_all();
        wake_pool();
        unlock_and_empty(lock, trash);
        lock.lock();
        std::optional<Timestamp> next;
        for (const auto& unit : units_)
            if (unit->wake_at && (!next || *unit->wake_at < *next)) next = unit->wake_at;
        if (alive_ == 0) break;
        if (next)
            alarm_.wait_for(lock, std::chrono::nanoseconds(*next - now));
        else
            alarm_.wait(lock);
    }
}

void Engine::start_timer() {
    const bool live = std::ranges::any_of(units_, [](const auto& unit) { return unit->live; });
    if (!live || options_.duration <= 0) return;
    timer_ = std::jthread([this](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, stop, std::chrono::nanoseconds(options_.duration),
                       [] { return false; });
        if (!stop.stop_requested()) request_stop();
    });
}

void Engine::request_stop() {
    stopping_ = true;
    for (const auto& unit : units_)
        if (unit->is_source()) unit->stop.request_stop();
    const Guard guard(*this);
    for (const auto& unit : units_)
        if (unit->is_source()) touch(*unit);
}

Status Engine::wait() {
    if (on_own_thread()) return {Code::Usage, "a node cannot wait for the end of its own graph"};
    std::unique_lock lock(mutex_);
    if (!started_ && !error_)
        return {Code::Usage, "the graph was not started", "call start() first"};
    ended_.wait(lock, [&] { return alive_ == 0; });
    lock.unlock();
    return first_error();
}

Status Engine::stop(Timestamp deadline) {
    request_stop();
    if (on_own_thread()) return first_error();
    { const std::lock_guard starting(life_); }
    std::unique_lock lock(mutex_);
    const bool drained =
        ended_.wait_for(lock, std::chrono::nanoseconds(std::max<Timestamp>(0, deadline)),
                        [&] { return alive_ == 0; });
    lock.unlock();
    if (!drained) {
        cancel(deadline);
        await_end();
    }
    join();
    return first_error();
}

/// Throws away what is inside the graph and asks every node to give up waiting.
void Engine::cancel(Timestamp deadline) {
    {
        const Guard guard(*this);
        cancelled_ = true;
        if (!error_) {
            error_ = make_error(Code::Cancelled,
                                fmt::format("the graph did not drain within {} s; busy: {}",
                                            static_cast<double>(deadline) * 1e-9, busy_units()),
                                "what was still inside was thrown away");
        }
        for (Connection& connection : connections_) empty(connection, true);
        for (const auto& unit : units_) {
            if (unit->source.has_waiting) drop_waiting(*unit, unit->outputs[0].discarded);
            if (unit->state == Unit::State::Ready && !unit->ending) {
                unit->state = Unit::State::Idle;
                std::erase(ready_, unit.get());
            }
            touch(*unit);
        }
    }
    for (const auto& unit : units_) unit->stop.request_stop();
}

void Engine::await_end() {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, std::chrono::nanoseconds(kPatience), [&] { return alive_ == 0; }))
        log::warn("graph", "still waiting for {} to return", busy_units());
}

void Engine::join() {
    const std::lock_guard life(life_);
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    timer_ = {};
}

bool Engine::is_behind_live(const Unit& unit) const {
    return std::ranges::any_of(unit.inputs, [&](const Connection* input) {
        return input && units_[static_cast<std::size_t>(input->from)]->live;
    });
}

bool Engine::on_own_thread() const { return engine_of_thread == this; }

/// Names of the units that run now. Under the mutex.
std::string Engine::busy_units() const {
    std::string names;
    for (const auto& unit : units_)
        if (unit->state == Unit::State::Running)
            names += fmt::format("{}'{}'", names.empty() ? "" : ", ", unit->info.id);
    return names.empty() ? "no node" : names;
}

Status Engine::first_error() const {
    const std::lock_guard lock(mutex_);
    if (error_) return *error_;
    return Ok{};
}

/// Keeps the first error and says where it came from.
void Engine::record_error(const Unit& unit, Error error) {
    if (error_) return;
    if (error.node.empty()) error.node = unit.info.id;
    if (!error.where.known()) error.where = unit.info.where;
    error.message = fmt::format("{}: {}", unit.info.type->name, error.message);
    error_ = std::move(error);
}

bool Engine::running() const {
    const std::lock_guard lock(mutex_);
    return started_ && alive_ > 0;
}

Node* Engine::find(std::string_view id) const {
    for (const auto& unit : units_)
        if (unit->info.id == id) return &unit->node();
    return nullptr;
}

void Engine::place_is_free(Unit& unit, Trash& trash) {
    std::unique_lock lock(mutex_);
    --unit.door.in_flight;
    touch(unit);
    settle_all();
    wake_pool();
    trash.swap(trash_);
}

void Admission::give_back() {
    // Destroyed after the lock is gone: what is thrown away may give back a place here, too.
    Trash trash;
    const std::lock_guard lock(mutex_);
    if (engine_) engine_->place_is_free(*unit_, trash);
}

void Admission::detach() {
    const std::lock_guard lock(mutex_);
    engine_ = nullptr;
}

}  // namespace tarsier
