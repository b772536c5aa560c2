// SPDX-License-Identifier: Apache-2.0
// What editors and people are told about node types.
#include <nlohmann/json.hpp>

#include "test_nodes.h"

namespace tarsier::test {
namespace {

using Json = nlohmann::json;

Json schema() { return Json::parse(graph_schema(test_registry())); }

Json rule(const std::string& type) {
    const Json whole = schema();
    for (const Json& rule : whole["$defs"]["node"]["allOf"])
        if (rule["if"]["properties"]["use"]["const"] == type) return rule["then"];
    ADD_FAILURE() << "no rule for " << type;
    return {};
}

TEST(Schema, IsOfTheDraftThatEditorsRead) {
    EXPECT_EQ(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema()["required"], Json({"tarsier", "nodes"}));
    EXPECT_EQ(schema()["additionalProperties"], false);
}

TEST(Schema, NamesEveryNodeTypeWithItsDoc) {
    const Json use = schema()["$defs"]["node"]["properties"]["use"]["oneOf"];
    EXPECT_EQ(use.size(), test_registry().all().size());
    EXPECT_EQ(use[0]["const"], "audio.resync");
    EXPECT_EQ(use[0]["description"], "Moves the stamps of live sound to the clock of the graph.");
}

TEST(Schema, GivesPortsAndWhichAreRequired) {
    const Json in = rule("test.pair")["properties"]["in"];
    EXPECT_EQ(in["required"], Json({"a", "b"}));
    EXPECT_EQ(in["additionalProperties"], false);
    EXPECT_EQ(in["properties"]["a"]["description"], "Number: first");
    EXPECT_FALSE(rule("test.either")["properties"]["in"].contains("required"));
}

TEST(Schema, GivesOptionsTheirTypeRangeDefaultAndDoc) {
    const Json factor = rule("test.scale")["properties"]["with"]["properties"]["factor"];
    EXPECT_EQ(factor["default"], 2);
    EXPECT_EQ(factor["description"], "multiplier");
    EXPECT_EQ(factor["anyOf"][0],
              Json({{"type", "integer"}, {"minimum", -1000}, {"maximum", 1000}}));
    EXPECT_EQ(factor["anyOf"][1]["$ref"], "#/$defs/parameter");
}

TEST(Schema, NestsGroupsAndListsChoices) {
    const Json with = rule("test.spell")["properties"]["with"]["properties"];
    EXPECT_EQ(with["font"]["properties"]["weight"]["default"], 0.5);
    EXPECT_EQ(with["style"]["anyOf"][0]["enum"], Json({"plain", "fancy"}));
}

TEST(Schema, DescribesANodeForPeopleAndTools) {
    const std::string text = describe_node(*test_registry().find("test.scale"));
    EXPECT_TRUE(text.starts_with("{\"node\":\"test.scale\",\"doc\":\"Multiplies.\",\n"));
    EXPECT_TRUE(text.ends_with("}\n"));
    const Json json = Json::parse(text);
    EXPECT_EQ(json["ports"], Json::parse(R"([
        {"in": "number", "type": "Number", "doc": "a number"},
        {"out": "scaled", "type": "Number", "doc": "the number, multiplied"}])"));
    EXPECT_EQ(json["options"], Json::parse(R"({"factor": {"type": "integer", "default": 2,
        "minimum": -1000, "maximum": 1000, "description": "multiplier"}})"));
}

}  // namespace
}  // namespace tarsier::test
