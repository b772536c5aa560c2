// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include "cli/arguments.h"
#include "cli/commands.h"
#include "common/report.h"

#include <iterator>
#include <memory>
#include <string>

namespace tarsier::cli {
namespace {

// A 1280x720 picture in NV12.
constexpr double kHdMegabytes = 1280 * 720 * 1.5e-6;

/// "1 node", "2 nodes".
std::string counted(std::int64_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

struct Check {
    GraphArguments arguments;
    bool json = false;

    int operator()() const {
        const Result<Params> params = arguments.params();
        if (!params) return apps::report(params.error());
        const std::filesystem::path file = arguments.file();
        const CheckReport report = check_graph(file, *params);
        const int code = report.errors.empty() ? 0 : exit_code(report.errors.front().code);
        if (json) {
            print_json(file, report);
            return code;
        }
        for (const Error& error : report.errors) apps::report(error);
        for (const Error& warning : report.warnings)
            fmt::print(stderr, "{}: warning: {}\n", warning.where.to_string(), warning.message);
        if (code == 0)
            print_report(file, report);
        else
            fmt::print(stderr, "{}\n", counted(std::ssize(report.errors), "error"));
        return code;
    }

    static void print_report(const std::filesystem::path& file, const CheckReport& report) {
        fmt::print("{}: ok, {}, {}\n", file.string(), counted(report.nodes, "node"),
                   counted(report.connections, "connection"));
        const HeldItems& held = report.held;
        fmt::print(
            "memory: at most {} pictures, {} packets of sound and {} other items at once; {:.0f} "
            "MB when pictures are 1280x720 NV12\n",
            held.pictures, held.sounds, held.others, held.pictures * kHdMegabytes);
        for (const PairingCost& pairing : report.pairings)
            fmt::print("pairing: '{}' {}: {}\n", pairing.node, pairing.sync, pairing.cost);
        for (const RawFlow& flow : report.raw)
            fmt::print("privacy: raw {} can reach the {} at '{}': {}\n", flow.what, flow.to,
                       flow.target, flow.path);
        if (report.raw.empty())
            fmt::print("privacy: no raw pictures or sound reach disk or network\n");
    }

    static void print_json(const std::filesystem::path& file, const CheckReport& report) {
        nlohmann::json json{{"file", file.string()},
                            {"ok", report.errors.empty()},
                            {"nodes", report.nodes},
                            {"connections", report.connections},
                            {"errors", nlohmann::json::array()},
                            {"warnings", nlohmann::json::array()}};
        json["held"] = {{"pictures", report.held.pictures},
                        {"sounds", report.held.sounds},
                        {"others", report.held.others}};
        json["pairings"] = nlohmann::json::array();
        for (const PairingCost& pairing : report.pairings)
            json["pairings"].push_back(
                {{"node", pairing.node}, {"sync", pairing.sync}, {"cost", pairing.cost}});
        json["raw"] = nlohmann::json::array();
        for (const RawFlow& flow : report.raw)
            json["raw"].push_back({{"what", flow.what},
                                   {"path", flow.path},
                                   {"node", flow.node},
                                   {"to", flow.to},
                                   {"target", flow.target}});
        for (const Error& error : report.errors) json["errors"].push_back(apps::to_json(error));
        for (const Error& warning : report.warnings)
            json["warnings"].push_back(apps::to_json(warning));
        fmt::print("{}\n", json.dump(2));
    }
};

}  // namespace

void add_check(CLI::App& app, Exit& exit) {
    CLI::App* command =
        app.add_subcommand("check", "Checks a graph file, opens no device; all mistakes at once");
    auto check = std::make_shared<Check>();
    check->arguments.declare(*command);
    command->add_flag("--json", check->json, "report as JSON on standard output");
    command->callback([check, &exit] { exit.code = (*check)(); });
}

}  // namespace tarsier::cli
