// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/clock.h>
#include <tarsier/infer/session.h>
#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/backend.h"
#include "cli/commands.h"
#include "cli/layers_svg.h"
#include "common/report.h"

namespace tarsier::cli {
namespace {

using infer::Session;
using infer::StepTime;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Values between 0 and 1 that look like nothing in particular.
void fill_inputs(Session& session) {
    for (std::size_t i = 0; i < session.model().inputs().size(); ++i) {
        const infer::View view = session.input(static_cast<int>(i));
        std::uint32_t state = 1;
        for (std::int64_t j = 0; j < view.shape.elements(); ++j) {
            state = state * 1664525U + 1013904223U;
            view.data[j] = static_cast<float>(state >> 8) / 16777216.0F;
        }
    }
}

struct Timing {
    double median_us = 0;
    double min_us = 0;
    double macs = 0;
    std::vector<StepTime> steps;  ///< medians
};

Result<Timing> measure(Session& session, int runs) {
    std::vector<double> whole;
    for (int i = 0; i < runs + 1; ++i) {
        fill_inputs(session);
        const Timestamp before = monotonic_now();
        TARSIER_CHECK(session.run());
        if (i > 0)  // the first run warms up
            whole.push_back(static_cast<double>(monotonic_now() - before) / kMicrosecond);
    }
    Timing timing;
    timing.median_us = median(whole);
    timing.min_us = *std::min_element(whole.begin(), whole.end());
    std::vector<StepTime> steps;
    std::vector<std::vector<double>> times;
    for (int i = 0; i < runs; ++i) {
        fill_inputs(session);
        TARSIER_CHECK(session.run_timed(steps));
        times.resize(steps.size());
        for (std::size_t j = 0; j < steps.size(); ++j) times[j].push_back(steps[j].microseconds);
    }
    for (std::size_t j = 0; j < steps.size(); ++j) {
        steps[j].microseconds = median(times[j]);
        timing.macs += steps[j].macs;
    }
    timing.steps = std::move(steps);
    return timing;
}

double gmacs(double macs, double microseconds) {
    return microseconds > 0 ? macs / microseconds / 1e3 : 0;
}

/// What one core does at most, in multiply-accumulates per microsecond.
double measure_peak() {
    constexpr int kTries = 100;
    constexpr std::int64_t kRounds = 20000;
    double peak = 0;
    for (int i = 0; i < kTries; ++i) {
        const Timestamp before = monotonic_now();
        const auto macs = static_cast<double>(kernels::table().multiply_add_f32(kRounds));
        peak =
            std::max(peak, macs / (static_cast<double>(monotonic_now() - before) / kMicrosecond));
    }
    return peak;
}

struct Bench {
    std::string model;
    std::string backend = "cpu";
    int threads = 1;
    int runs = 50;
    bool layers = false;
    bool json = false;
    std::string svg;

    Status run() const {
        TARSIER_CHECK(check_backend(backend));
        if (runs < 1 || runs > 100000)
            return {Code::Usage, fmt::format("--runs {}: expected 1..100000", runs)};
        TARSIER_TRY(auto loaded, infer::Model::find(model));
        const Timestamp before = monotonic_now();
        TARSIER_TRY(auto session, Session::create(loaded, {.threads = threads}));
        const double create_us = static_cast<double>(monotonic_now() - before) / kMicrosecond;
        const double peak = measure_peak() * threads;
        TARSIER_TRY(const Timing timing, measure(*session, runs));
        if (json)
            print_json(*session, timing, create_us, peak);
        else
            print_text(*session, timing, create_us, peak);
        if (svg.empty()) return Ok{};
        const std::string title =
            fmt::format("{} on {} ({}), threads {}: {:.0f} us", session->model().name(), backend,
                        kernels::level_name(), threads, timing.median_us);
        return write_layers_svg(svg, title, timing.steps, peak);
    }

  private:
    static double share(const StepTime& step, double peak) {
        return step.microseconds > 0 ? step.macs / step.microseconds / peak : 0;
    }

    void print_json(const Session& session, const Timing& timing, double create_us,
                    double peak) const {
        nlohmann::json out{{"model", session.model().name()},
                           {"backend", backend},
                           {"isa", kernels::level_name()},
                           {"threads", threads},
                           {"runs", runs},
                           {"median_us", timing.median_us},
                           {"min_us", timing.min_us},
                           {"macs", timing.macs},
                           {"peak_gmacs", peak / 1e3},
                           {"create_us", create_us},
                           {"arena_bytes", session.arena_bytes()}};
        if (layers) {
            out["layers"] = nlohmann::json::array();
            for (const StepTime& step : timing.steps)
                out["layers"].push_back({{"name", step.name},
                                         {"op", step.op},
                                         {"kernel", step.level},
                                         {"shape", step.shape},
                                         {"us", step.microseconds},
                                         {"macs", step.macs},
                                         {"share_of_peak", share(step, peak)}});
        }
        fmt::print("{}\n", out.dump(2));
    }

    void print_text(const Session& session, const Timing& timing, double create_us,
                    double peak) const {
        fmt::print("{} on {} ({}), threads {}: median {:.0f} us, min {:.0f} us of {} runs\n",
                   session.model().name(), backend, kernels::level_name(), threads,
                   timing.median_us, timing.min_us, runs);
        fmt::print(
            "{:.1f} M multiply-accumulates, {:.1f} GMAC/s of at most {:.1f}, planned in {:.0f} us, "
            "arena {} KiB\n",
            timing.macs / 1e6, gmacs(timing.macs, timing.median_us), peak / 1e3, create_us,
            session.arena_bytes() / 1024);
        if (layers) print_layers(timing, peak);
    }

    static void print_layers(const Timing& timing, double peak) {
        double total = 0;
        for (const StepTime& step : timing.steps) total += step.microseconds;
        fmt::print("\n{:>9} {:>7} {:>8} {:>7}  {:<15} {:<7} {:<14} {}\n", "us", "share", "GMAC/s",
                   "of peak", "operator", "kernel", "output", "layer");
        for (const StepTime& step : timing.steps)
            fmt::print("{:>9.1f} {:>6.1f}% {:>8.1f} {:>6.0f}%  {:<15} {:<7} {:<14} {}\n",
                       step.microseconds, total > 0 ? 100 * step.microseconds / total : 0,
                       gmacs(step.macs, step.microseconds), 100 * share(step, peak), step.op,
                       step.level, step.shape, step.name);
    }
};

}  // namespace

void add_bench(CLI::App& app, Exit& exit) {
    CLI::App* command = app.add_subcommand("bench", "Measures a model, whole and layer by layer");
    auto bench = std::make_shared<Bench>();
    command->add_option("model", bench->model, "name in assets/models or file")->required();
    command->add_option("--backend", bench->backend, "cpu or vulkan");
    command->add_option("--threads", bench->threads, "threads that share the work");
    command->add_option("--runs", bench->runs, "inferences to measure");
    command->add_flag("--layers", bench->layers, "show every step of the plan");
    command->add_flag("--json", bench->json, "as JSON");
    command->add_option("--svg", bench->svg, "draw the steps into this file");
    command->callback([bench, &exit] {
        const Status status = bench->run();
        exit.code = status ? 0 : apps::report(status.error());
    });
}

}  // namespace tarsier::cli
