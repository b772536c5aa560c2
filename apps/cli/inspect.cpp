// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/base/assets.h>
#include <tarsier/graph/graph.h>
#include "cli/commands.h"
#include "common/report.h"

#include <memory>

namespace tarsier::cli {
namespace {

std::string range_of(const OptionBase& option) {
    const Constraint& constraint = option.constraint();
    switch (constraint.kind) {
        case Constraint::Kind::Range:
            return fmt::format("{:g}..{:g}{}", constraint.low, constraint.high,
                               option.type() == "duration" ? " s" : "");
        case Constraint::Kind::Choice:
            return fmt::format("{}", fmt::join(constraint.choices, "|"));
        case Constraint::Kind::Model:
            return "a model";
        case Constraint::Kind::InputFile:
            return "a file";
        case Constraint::Kind::Destination:
            return "where it goes";
        case Constraint::Kind::Color:
            return "#rrggbb";
        case Constraint::Kind::None:
            break;
    }
    return std::string(option.type());
}

void print_node(const NodeClass& type) {
    const std::unique_ptr<Node> node = type.create();
    fmt::print("{}\n  {}\n", type.name, type.doc);
    if (!node->inputs().empty()) fmt::print("\nInputs\n");
    for (const InBase* in : node->inputs())
        fmt::print("  {:<18} {:<8} {}{}\n", in->name(), in->type(), in->doc(),
                   in->required() ? "" : " (may be unconnected)");
    if (!node->outputs().empty()) fmt::print("\nOutputs\n");
    for (const OutBase* out : node->outputs())
        fmt::print("  {:<18} {:<8} {}\n", out->name(), out->type(), out->doc());
    if (!node->options().empty()) fmt::print("\nOptions\n");
    for (const OptionBase* option : node->options()) {
        const std::string initial = to_string(option->initial());
        fmt::print("  {:<18} {} [{}; default {}]\n", option->name(), option->doc(),
                   range_of(*option), initial.empty() ? "empty" : initial);
    }
}

struct Inspect {
    std::string node;
    bool json = false;

    int operator()() const {
        const Registry& registry = builtin_registry();
        if (node.empty()) {
            print_all(registry);
            return 0;
        }
        const NodeClass* const type = registry.find(node);
        if (!type) return apps::report(unknown(registry));
        if (json)
            fmt::print("{}", describe_node(*type));
        else
            print_node(*type);
        return 0;
    }

    Error unknown(const Registry& registry) const {
        std::vector<std::string_view> names;
        for (const NodeClass* type : registry.all()) names.push_back(type->name);
        const std::string_view close = closest(node, names);
        return make_error(Code::Usage, "there is no node type '" + node + "'",
                          close.empty() ? "`tarsier inspect` lists them"
                                        : fmt::format("did you mean '{}'?", close));
    }

    void print_all(const Registry& registry) const {
        nlohmann::json all = nlohmann::json::array();
        for (const NodeClass* type : registry.all()) {
            if (json)
                all.push_back(nlohmann::json::parse(describe_node(*type)));
            else
                fmt::print("{:<26} {}\n", type->name, type->doc);
        }
        if (json) fmt::print("{}\n", nlohmann::json{{"nodes", all}}.dump(2));
    }
};

}  // namespace

void add_inspect(CLI::App& app, Exit& exit) {
    CLI::App* command =
        app.add_subcommand("inspect", "Lists the node types, or shows one with ports and options");
    auto inspect = std::make_shared<Inspect>();
    command->add_option("node", inspect->node, "node type, for example vision.portrait_matting");
    command->add_flag("--json", inspect->json, "as JSON");
    command->callback([inspect, &exit] { exit.code = (*inspect)(); });
}

}  // namespace tarsier::cli
