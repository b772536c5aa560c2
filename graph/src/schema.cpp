// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/graph.h>

#include <nlohmann/json.hpp>

#include "option_text.h"
#include "spec.h"

namespace tarsier {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kDurationPattern = R"(^[0-9]*\.?[0-9]+(ns|us|ms|s|min|h)$)";

Json to_json(const OptionValue& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}

/// Type, default, range, choices and doc of an option, in the words of JSON Schema.
Json option_json(const OptionBase& option) {
    const Constraint& constraint = option.constraint();
    const bool duration = option.type() == "duration";
    Json json;
    json["type"] = duration ? "string" : option.type();
    json["default"] = to_json(option.initial());
    if (duration) json["pattern"] = kDurationPattern;
    if (constraint.kind == Constraint::Kind::Color)
        json["pattern"] = "^#([0-9a-fA-F]{6}|[0-9a-fA-F]{8})$";
    if (constraint.kind == Constraint::Kind::Choice) json["enum"] = constraint.choices;
    std::string doc(option.doc());
    if (constraint.kind == Constraint::Kind::Range) {
        const auto bound = [&](double value) {
            return option.type() == "integer" ? Json(static_cast<std::int64_t>(value))
                                              : Json(value);
        };
        if (duration) {
            doc += fmt::format(" ({})", expected_text(option));
        } else {
            json["minimum"] = bound(constraint.low);
            json["maximum"] = bound(constraint.high);
        }
    }
    json["description"] = doc;
    return json;
}

/// The option as an editor should take it: its own values, or any text with a parameter in it.
Json option_schema(const OptionBase& option) {
    Json own = option_json(option);
    Json schema;
    schema["description"] = own["description"];
    schema["default"] = own["default"];
    own.erase("description");
    own.erase("default");
    schema["anyOf"] = {own, {{"$ref", "#/$defs/parameter"}}};
    // YAML reads `name: 5` as a number; the loader takes it for the text that it is.
    if (option.type() == "string" && option.constraint().kind == Constraint::Kind::None)
        schema["anyOf"].push_back({{"type", Json::array({"number", "boolean"})}});
    return schema;
}

/// A map with these members and no others.
Json closed_object() {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

Json with_schema(const Node& node) {
    Json schema = closed_object();
    for (const OptionBase* option : node.options()) {
        Json* group = &schema;
        std::string_view name = option->name();
        for (std::size_t dot; (dot = name.find('.')) != std::string_view::npos;) {
            Json& inner = (*group)["properties"][std::string(name.substr(0, dot))];
            if (inner.is_null()) inner = closed_object();
            group = &inner;
            name.remove_prefix(dot + 1);
        }
        (*group)["properties"][std::string(name)] = option_schema(*option);
    }
    return schema;
}

Json in_schema(const Node& node) {
    Json schema = closed_object();
    Json required = Json::array();
    for (const InBase* input : node.inputs()) {
        schema["properties"][std::string(input->name())] = {
            {"$ref", "#/$defs/connection"},
            {"description", fmt::format("{}: {}", input->type(), input->doc())}};
        if (input->required()) required.push_back(input->name());
    }
    if (!required.empty()) schema["required"] = required;
    return schema;
}

/// What `in` and `with` hold once `use` names this type.
Json rule(const NodeClass& type) {
    const std::unique_ptr<Node> node = type.create();
    Json then = {{"properties", {{"in", in_schema(*node)}, {"with", with_schema(*node)}}}};
    for (const InBase* input : node->inputs())
        if (input->required()) then["required"] = Json::array({"in"});
    return {{"if", {{"properties", {{"use", {{"const", type.name}}}}}, {"required", {"use"}}}},
            {"then", then}};
}

/// `{hold: image, max_age: 100ms}`, for one pairing that an input leads.
Json led_schema(const char* pairing, const char* doc, const char* limit, const char* limit_doc) {
    Json schema = closed_object();
    schema["required"] = {pairing};
    schema["properties"][pairing] = {{"type", "string"}, {"description", doc}};
    if (limit)
        schema["properties"][limit] = {
            {"type", "string"}, {"pattern", kDurationPattern}, {"description", limit_doc}};
    return schema;
}

Json sync_schema() {
    return {{"description",
             "how inputs are paired: the same time (exact), the newest at or before (hold), the "
             "nearest, "
             "the sound under a picture (span), each alone (any)"},
            {"default", "exact"},
            {"oneOf",
             {{{"enum", kPairings}},
              led_schema("hold", "the input that leads; the others bring their newest", "max_age",
                         "what is older is not taken (500ms)"),
              led_schema("nearest", "the input that leads; the others bring what is nearest",
                         "tolerance", "what is farther is not taken (20ms)"),
              led_schema("span", "the input that leads; the others bring the sound under it",
                         nullptr, nullptr)}}};
}

Json region_schema() {
    Json schema = closed_object();
    schema["description"] =
        "a door: behind a live source, so many items may be inside from here on at once";
    schema["properties"] = {
        {"max_in_flight",
         {{"type", "integer"},
          {"minimum", 1},
          {"maximum", kMaxQueue},
          {"description", "items behind the door at once: 2 behind a source, 1 behind a node"}}},
        {"budget",
         {{"type", "string"},
          {"pattern", kDurationPattern},
          {"description", "items older than this do not pass"}}},
        {"drop",
         {{"enum", {"oldest", "newest"}},
          {"default", "oldest"},
          {"description", "which one goes when another comes while one waits"}}}};
    return schema;
}

Json node_schema(const Registry& registry) {
    Json use = {{"description", "node type"}, {"oneOf", Json::array()}};
    Json rules = Json::array();
    for (const NodeClass* type : registry.all()) {
        use["oneOf"].push_back({{"const", type->name}, {"description", type->doc}});
        rules.push_back(rule(*type));
    }
    Json node = closed_object();
    node["required"] = {"use"};
    node["properties"] = {
        {"use", use},
        {"in", {{"type", "object"}, {"description", "input: node.output"}}},
        {"with", {{"type", "object"}, {"description", "options"}}},
        {"sync", sync_schema()},
        {"region", region_schema()},
        {"on_error",
         {{"enum", {"stop", "skip"}},
          {"default", "stop"},
          {"description", "stop the graph when an item fails, or skip the item"}}},
        {"doc", {{"type", "string"}}}};
    node["allOf"] = rules;
    return node;
}

Json definitions(const Registry& registry) {
    const Json capacity = {{"type", "integer"},
                           {"minimum", 1},
                           {"maximum", kMaxQueue},
                           {"default", kDefaultQueue},
                           {"description", "items that may wait here"}};
    Json queue = closed_object();
    queue["properties"] = {
        {"capacity", capacity},
        {"full",
         {{"enum", kFullNames},
          {"description", "what happens behind a live source when it is full; files wait"}}}};
    Json connection = closed_object();
    connection["required"] = {"from"};
    connection["properties"] = {{"from", {{"$ref", "#/$defs/output"}}},
                                {"queue", {{"oneOf", {capacity, queue}}}}};
    Json output = {{"type", "string"},
                   {"pattern", "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_]+)?$"},
                   {"description", "node.output"}};
    const Json scalar = Json::array({"string", "number", "boolean"});
    Json param = closed_object();
    param["properties"] = {{"default", {{"type", scalar}}}, {"doc", {{"type", "string"}}}};
    return {{"parameter", {{"type", "string"}, {"pattern", "\\$\\{[A-Za-z0-9_-]+\\}"}}},
            {"output", output},
            {"connection", {{"oneOf", {{{"$ref", "#/$defs/output"}}, connection}}}},
            {"param", {{"oneOf", {{{"type", scalar}}, param}}}},
            {"node", node_schema(registry)}};
}

Json privacy_schema() {
    const Json place = {{"enum", {"disk", "network"}}};
    Json schema = closed_object();
    schema["properties"]["deny_raw"] = {
        {"description", "an error where raw pictures or sound can reach one of these"},
        {"oneOf", {place, {{"type", "array"}, {"items", place}}}}};
    return schema;
}

template <class Ports>
void add_ports(Json& list, const char* direction, const Ports& ports) {
    for (const auto* port : ports)
        list.push_back({{direction, port->name()}, {"type", port->type()}, {"doc", port->doc()}});
}

}  // namespace

std::string graph_schema(const Registry& registry) {
    Json schema = closed_object();
    schema["required"] = {"tarsier", "nodes"};
    schema["properties"] = {
        {"tarsier", {{"const", 1}, {"description", "version of the graph format"}}},
        {"title", {{"type", "string"}}},
        {"description", {{"type", "string"}}},
        {"params",
         {{"type", "object"},
          {"description", "values that may be set with -p; used as ${name}"},
          {"additionalProperties", {{"$ref", "#/$defs/param"}}}}},
        {"privacy", privacy_schema()},
        {"nodes",
         {{"type", "object"},
          {"minProperties", 1},
          {"propertyNames", {{"pattern", "^[A-Za-z0-9_-]+$"}}},
          {"additionalProperties", {{"$ref", "#/$defs/node"}}}}}};
    schema["$defs"] = definitions(registry);
    Json whole = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                  {"title", "Tarsier graph"}};
    whole.update(schema);
    return whole.dump(2) + "\n";
}

std::string describe_node(const NodeClass& type) {
    const std::unique_ptr<Node> node = type.create();
    Json ports = Json::array();
    add_ports(ports, "in", node->inputs());
    add_ports(ports, "out", node->outputs());
    Json options = Json::object();
    for (const OptionBase* option : node->options()) {
        Json json = option_json(*option);
        if (option->type() == "duration") json["type"] = "duration";
        options[std::string(option->name())] = std::move(json);
    }
    return fmt::format("{{\"node\":{},\"doc\":{},\n \"ports\":{},\n \"options\":{}}}\n",
                       Json(type.name).dump(), Json(type.doc).dump(), ports.dump(), options.dump());
}

}  // namespace tarsier
