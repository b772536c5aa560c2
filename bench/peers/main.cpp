// SPDX-License-Identifier: Apache-2.0
// peers [--cold] [--json FILE] [--svg FILE] [--threads N] [--rounds N] MODEL.onnx...
// [MODEL-int8.tsr...]: our networks beside other engines.
#include <fmt/format.h>
#include <tarsier/infer/convert.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "cold.h"
#include "compare.h"
#include "peak.h"
#include "qdq.h"
#include "report.h"

namespace fs = std::filesystem;

namespace tarsier::peers {
namespace {

constexpr double kSame = 1e-3;  ///< how far results of engines may be apart

struct Options {
    bool cold = false;
    std::string json, svg;
    std::vector<int> threads = {1, 2};
    int rounds = 7;
    std::vector<std::string> models;
};

void write(const std::string& file, const std::string& text) {
    if (!file.empty() && !(std::ofstream(file) << text))
        fmt::print(stderr, "{}: cannot write\n", file);
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word.rfind("--", 0) != 0)
            options.models.push_back(word);
        else if (word == "--cold")
            options.cold = true;
        else if (++i == argc)
            return false;
        else if (word == "--json")
            options.json = argv[i];
        else if (word == "--svg")
            options.svg = argv[i];
        else if (word == "--rounds")
            options.rounds = std::max(1, std::atoi(argv[i]));
        else if (word == "--threads")
            options.threads = {std::max(1, std::atoi(argv[i]))};
        else
            return false;
    }
    return !options.models.empty();
}

struct Maker {
    const char* name;
    Result<Engine> (*make)();
};

constexpr Maker kMakers[] = {{"tarsier", tarsier_engine},
                             {"onnxruntime", onnxruntime_engine},
                             {"xnnpack", xnnpack_engine},
                             {"opencv", opencv_engine}};

/// Those whose libraries are here.
std::vector<Engine> all_engines() {
    std::vector<Engine> engines;
    for (const Maker& maker : kMakers) {
        auto engine = maker.make();
        if (engine)
            engines.push_back(std::move(*engine));
        else
            print_skipped(std::string("engine ") + maker.name, engine.error());
    }
    return engines;
}

/// Gives 8-bit networks that have no ONNX file one.
void write_missing(std::vector<Network>& networks, const std::vector<Engine>& engines,
                   const fs::path& folder) {
    const auto runtime = std::find_if(engines.begin(), engines.end(), [](const Engine& engine) {
        return engine.name == "onnxruntime";
    });
    if (runtime == engines.end()) return;
    for (Network& network : networks)
        for (Network& other : network.others) {
            if (!other.onnx.empty() || other.precision != "int8") continue;
            const fs::path file = folder / (network.name + "-int8.onnx");
            if (const Status status = write_qdq(network, *runtime, file); status)
                other.onnx = file;
            else
                print_skipped(network.name + " in 8 bits for others", status.error());
        }
}

/// A network and what it is called by its file, "X-int8.tsr": another form of a network before it.
/// An "X-int8.onnx" beside it is what the others load.
bool add_form(std::vector<Network>& networks, const fs::path& tsr) {
    const std::string stem = tsr.stem().string();
    const std::size_t dash = stem.rfind('-');
    for (Network& network : networks) {
        if (dash == std::string::npos || stem.substr(0, dash) != network.name) continue;
        Network other = network;
        other.others.clear();
        other.precision = stem.substr(dash + 1);
        other.tsr = tsr;
        other.onnx = fs::path(tsr).replace_extension(".onnx");
        if (!fs::exists(other.onnx)) other.onnx.clear();
        network.others.push_back(std::move(other));
        return true;
    }
    return false;
}

/// The networks, converted for us into `folder`. What cannot be read or converted is named.
std::vector<Network> read_networks(const std::vector<std::string>& files, const fs::path& folder) {
    std::vector<Network> networks;
    for (const std::string& name : files) {
        const fs::path file = name;
        if (file.extension() == ".tsr") {
            if (!add_form(networks, file))
                fmt::print(stderr, "{}: SKIPPED: its ONNX file is not named before it\n",
                           file.string());
            continue;
        }
        auto network = read_network(file);
        if (!network) {
            print_skipped(file.string(), network.error());
            continue;
        }
        network->tsr = folder / (network->name + ".tsr");
        if (auto report = infer::convert_onnx(network->onnx, network->tsr); !report) {
            print_skipped(network->name + " as .tsr", report.error());
            network->tsr.clear();
        }
        networks.push_back(std::move(*network));
    }
    return networks;
}

/// Returns the highest.
double print_peaks() {
    double highest = 0;
    for (const Peak& peak : core_peaks()) {
        fmt::print("one core at most: {:.1f} GMAC/s with {}\n", peak.gmacs, peak.level);
        highest = std::max(highest, peak.gmacs);
    }
    fmt::print(
        "two such loops at once: {:.2f} times one (2 on two cores, 1 on one core's two "
        "threads)\n",
        scaling(2));
    return highest;
}

void print_row(const Row& row, double peak) {
    const auto ratio = row.ratio_to_ort_fp32;
    fmt::print("{:<28}{:<6}{:>7}  {:<12}{:>11.1f}{:>8}{:>11.1e}{:>9}{:>9}\n", row.network,
               row.precision, row.threads, row.engine, row.median_us,
               ratio > 0 ? fmt::format("{:.3f}", ratio) : "-", row.difference,
               row.precision == "fp32"
                   ? fmt::format("{:.0f} %", 100 * row.gmacs / peak / row.threads)
                   : "-",
               row.scaling > 0 ? fmt::format("{:.2f}", row.scaling) : "-");
    std::fflush(stdout);
}

int run_warm(const Options& options, const std::vector<Engine>& engines,
             const std::vector<Network>& networks, const std::string& described) {
    const Turns turns{.rounds = options.rounds};
    fmt::print(
        "settings: batch 1, {} rounds of {:.2f} s for each engine in turn after {:.2f} s of "
        "warm-up,\n  the copy of inputs included, medians of medians; `apart` is the largest "
        "difference of any output\n  from ours, relative; `of peak` counts the network's "
        "multiply-accumulates; `cores` is what the\n  threads' loops without memory reach "
        "together, times one\n",
        turns.rounds, turns.seconds, turns.warm_seconds);
    const double peak = print_peaks();
    fmt::print("\n{:<28}{:<6}{:>7}  {:<12}{:>11}{:>8}{:>11}{:>9}{:>9}\n", "network", "", "threads",
               "engine", "median us", "to ort", "apart", "of peak", "cores");
    std::vector<Row> rows;
    for (const int threads : options.threads)
        for (const Network& network : networks)
            for (Row& row : compare(engines, network, threads, turns)) {
                print_row(row, peak);
                rows.push_back(std::move(row));
            }
    write(options.json, to_json(rows));
    write(options.svg, to_svg(rows, described));
    int code = rows.empty() ? 1 : 0;
    for (const Row& row : rows)
        if (row.precision == "fp32" && !(row.difference <= kSame)) {
            fmt::print(stderr,
                       "error: {} on {}, {} threads: its results are {:.2g} apart from ours\n",
                       row.network, row.engine, row.threads, row.difference);
            code = 1;
        }
    return code;
}

int run_cold(const Options& options, const std::vector<Engine>& engines,
             const std::vector<Network>& networks) {
    fmt::print(
        "settings: one thread, medians of {} processes for each engine in turn; from the file "
        "(for XNNPACK,\n  which has none: from the graph in memory) to the plan, and to the "
        "first result; `memory` is the\n  peak less what was resident with the libraries "
        "loaded, but no network\n",
        options.rounds);
    fmt::print("\n{:<28}{:<6}{:<12}{:>10}{:>10}{:>10}{:>12}\n", "network", "", "engine", "plan ms",
               "first ms", "warm ms", "memory MiB");
    std::vector<ColdRow> rows;
    const auto measure = [&](const Network& network) {
        for (ColdRow& row : measure_cold(engines, network, options.rounds)) {
            fmt::print("{:<28}{:<6}{:<12}{:>10.2f}{:>10.2f}{:>10.3f}{:>12.2f}\n", row.network,
                       row.precision, row.engine, row.ready_ms, row.first_ms, row.warm_ms,
                       row.peak_kib / 1024);
            std::fflush(stdout);
            rows.push_back(std::move(row));
        }
    };
    for (const Network& network : networks) {
        measure(network);
        for (const Network& other : network.others) measure(other);
    }
    write(options.json, to_json(rows));
    return rows.empty() ? 1 : 0;
}

int run(const Options& options) {
    const std::string described = machine();
    fmt::print("machine: {}\n", described);
    const std::vector<Engine> engines = all_engines();
    for (const Engine& engine : engines)
        fmt::print("engine {}: {}\n", engine.name, engine.settings);
    const fs::path folder =
        fs::temp_directory_path() / ("tarsier-peers-" + std::to_string(::getpid()));
    fs::create_directories(folder);
    std::vector<Network> networks = read_networks(options.models, folder);
    write_missing(networks, engines, folder);
    const int code = options.cold ? run_cold(options, engines, networks)
                                  : run_warm(options, engines, networks, described);
    fs::remove_all(folder);
    return code;
}

/// In a process that loads no other engine's library.
int run_one_cold(const std::string& name, const std::string& task) {
    for (const Maker& maker : kMakers) {
        if (maker.name != name) continue;
        const auto engine = maker.make();
        return engine ? cold_process(*engine, task) : exit_code(engine.error().code);
    }
    return 2;
}

}  // namespace
}  // namespace tarsier::peers

int main(int argc, char** argv) {
    using namespace tarsier::peers;
    if (argc == 4 && std::string(argv[1]) == "--cold-process")
        return run_one_cold(argv[2], argv[3]);
    Options options;
    if (parse(argc, argv, options)) return run(options);
    fmt::print(stderr,
               "usage: peers [--cold] [--json FILE] [--svg FILE] [--threads N] [--rounds N] "
               "MODEL.onnx... [MODEL-int8.tsr...]\n");
    return 2;
}
