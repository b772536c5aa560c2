// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/latency_table.h"
#include "cli/signals.h"
#include "cli/trace.h"
#include "common/checksum.h"
#include "common/report.h"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>

namespace tarsier::cli {
namespace {

/// A line on the terminal that tells how far the run is; nothing when stderr is no terminal.
class Progress {
  public:
    explicit Progress(const Graph& graph) {
        if (isatty(STDERR_FILENO))
            thread_ = std::jthread([this, &graph](std::stop_token stop) { show(graph, stop); });
    }
    ~Progress() {
        if (!thread_.joinable()) return;
        thread_.request_stop();
        thread_.join();
        fmt::print(stderr, "\r\x1b[K");
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

  private:
    void show(const Graph& graph, std::stop_token stop) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, stop, std::chrono::milliseconds(500), [] { return false; }) &&
               !stop.stop_requested()) {
            const GraphStats stats = graph.stats();
            const double rate =
                stats.seconds > 0 ? static_cast<double>(stats.end_to_end.count) / stats.seconds : 0;
            fmt::print(
                stderr,
                "\r\x1b[K{:6.1f} s  {} items  {:.1f}/s  p50 {:.1f} ms  p95 {:.1f} ms  dropped {}",
                stats.seconds, stats.end_to_end.count, rate, stats.end_to_end.p50_ms,
                stats.end_to_end.p95_ms, stats.dropped);
        }
    }

    std::jthread thread_;
};

struct Run {
    GraphArguments arguments;
    bool headless = false;
    bool checksum = false;
    bool quiet = false;
    int threads = 0;
    std::string duration;
    std::string stats_file;
    std::string trace_file;

    int operator()() const {
        const Result<Params> params = arguments.params();
        if (!params) return apps::report(params.error());
        GraphOptions options;
        options.headless = headless;
        options.threads = threads;
        if (!duration.empty()) {
            const Result<Duration> length = parse_duration(duration);
            if (!length || length->ns <= 0)
                return apps::report(
                    make_error(Code::Usage, "--duration " + duration + " is no length of time",
                               "write a number with a unit, for example 10s or 500ms"));
            options.duration = length->ns;
        }
        // Before the graph: its threads must inherit the blocked signals.
        Graph* running = nullptr;
        std::mutex guard;
        Signals signals([&] {
            const std::lock_guard lock(guard);
            if (running) running->request_stop();
        });
        Result<Graph> graph = Graph::load(arguments.file(), *params, options);
        if (!graph) return apps::report(graph.error());
        {
            const std::lock_guard lock(guard);
            running = &*graph;
        }
        const int code = execute(*graph, signals);
        const std::lock_guard lock(guard);
        running = nullptr;
        return code;
    }

    int execute(Graph& graph, const Signals& signals) const {
        std::optional<apps::Checksum> sum;
        if (checksum) {
            sum.emplace();
            graph.on_sink_packet([&](std::string_view node, std::string_view port,
                                     const Packet& packet) { sum->add(node, port, packet); });
        }
        Trace trace;
        if (!trace_file.empty()) graph.on_firing([&](const Firing& firing) { trace.add(firing); });
        if (Status started = graph.start(); !started) return apps::report(started.error());
        if (signals.received() != 0) graph.request_stop();
        Status ended = [&] {
            const Progress progress(graph);
            return graph.wait();
        }();
        if (Status stopped = graph.stop(); ended && !stopped) ended = std::move(stopped);
        const GraphStats stats = graph.stats();
        if (!quiet) fmt::print(stderr, "{}", latency_table(stats));
        if (sum) fmt::print("{}\n", sum->hex());
        int code = ended ? 0 : apps::report(ended.error());
        if (!stats_file.empty())
            if (const int written = write_stats(stats); code == 0) code = written;
        if (!trace_file.empty())
            if (const Status written = trace.write(trace_file); !written && code == 0)
                code = apps::report(written.error());
        if (code == 0 && signals.received() != 0) code = 128 + signals.received();
        return code;
    }

    int write_stats(const GraphStats& stats) const {
        const std::string text = stats_json(stats).dump(2) + "\n";
        if (stats_file == "-") {
            fmt::print("{}", text);
            return 0;
        }
        std::ofstream out(stats_file);
        out << text;
        out.close();
        if (out) return 0;
        return apps::report(make_error(Code::Io, "cannot write " + stats_file,
                                       "give --stats a writable file, or -"));
    }
};

}  // namespace

void add_run(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("run", "Runs a graph until its sources end, or Ctrl-C");
    auto run = std::make_shared<Run>();
    run->arguments.declare(*command);
    command->add_flag("--headless", run->headless, "open no window; `window` sinks become null:");
    command->add_option("--duration", run->duration, "end after this much time, for example 10s")
        ->type_name("TIME");
    command->add_option("--threads", run->threads, "threads that run nodes; 0 = one per core")
        ->check(CLI::Range(0, 256));
    command->add_flag("--checksum", run->checksum,
                      "print one SHA-256 over everything that reaches the sinks");
    command
        ->add_option("--stats", run->stats_file,
                     "write the latencies as JSON; - is standard output")
        ->type_name("FILE.json");
    command->add_option("--trace", run->trace_file, "write every firing for ui.perfetto.dev")
        ->type_name("FILE");
    command->add_flag("-q,--quiet", run->quiet, "no table of latencies at the end");
    command->callback([run, &exit] { exit.code = (*run)(); });
}

}  // namespace tarsier::cli
