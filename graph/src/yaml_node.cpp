// SPDX-License-Identifier: Apache-2.0
// What stands under the name of a node.
#include <algorithm>

#include "yaml_reader.h"

namespace tarsier {
namespace {

constexpr int kMaxGroupDepth = 4;

class NodeReader {
  public:
    NodeReader(YamlReader& in, NodeSpec& node) : in_(in), node_(node) {}

    void read(const YAML::Node& value) {
        in_.each(value, "a node",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     read_member(key, pos, member);
                 });
        if (node_.use.text.empty() && !use_failed_)
            in_.fail(node_.where, "'use' is missing", "name the node's type: `use: source.video`");
    }

  private:
    void read_member(const std::string& key, const SourcePos& where, const YAML::Node& value) {
        if (key == "use") {
            const auto use = in_.scalar(value, "'use'");
            use_failed_ = !use;
            if (use) node_.use = *use;
        } else if (key == "in") {
            in_.each(value, "'in'", [&](const auto& port, const auto& pos, const auto& from) {
                read_input(port, pos, from);
            });
        } else if (key == "with") {
            read_options("", value, 0);
        } else if (key == "sync") {
            read_sync(value);
        } else if (key == "region") {
            read_region(where, value);
        } else if (key == "on_error") {
            if (const auto policy = in_.choice(value, "on_error", {"stop", "skip"}))
                node_.skip_errors = policy->text == "skip";
        } else if (key == "doc") {
            (void)in_.scalar(value, "'doc'");
        } else {
            in_.unknown_key(key, where, "a node",
                            {"use", "in", "with", "sync", "region", "on_error", "doc"});
        }
    }

    /// `hold`, or `{hold: image, max_age: 100ms}`.
    void read_sync(const YAML::Node& value) {
        if (!value.IsMap()) {
            if (const auto policy = in_.choice(value, "sync", {kPairings.begin(), kPairings.end()}))
                node_.sync.policy = *policy;
            return;
        }
        bool named = false;
        in_.each(value, "'sync'",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     const bool leads = key == "hold" || key == "nearest" || key == "span";
                     if (!leads && key != "max_age" && key != "tolerance")
                         return in_.unknown_key(
                             key, pos, "'sync'",
                             {"hold", "nearest", "span", "max_age", "tolerance"});
                     const auto text = in_.scalar(member, "'" + key + "'");
                     if (!leads) {
                         node_.sync.limit_name = {key, pos};
                         node_.sync.limit = text;
                         return;
                     }
                     if (named) in_.fail(pos, "'sync' names two pairings", "keep one of them");
                     named = true;
                     node_.sync.policy = {key, pos};
                     node_.sync.leader = text;
                 });
        if (!named)
            in_.fail(in_.at(value), "'sync' names no pairing",
                     "write `hold: INPUT`, `nearest: INPUT` or `span: INPUT`");
    }

    void read_input(const std::string& port, const SourcePos& where, const YAML::Node& value) {
        InputSpec input{port, where, {}, {}, {}};
        if (!value.IsMap()) {
            if (const auto from = in_.scalar(value, "a connection")) input.from = *from;
        } else {
            in_.each(value, "a connection",
                     [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                         if (key == "queue") return read_queue(input, member);
                         if (key != "from")
                             return in_.unknown_key(key, pos, "a connection", {"from", "queue"});
                         if (const auto text = in_.scalar(member, "'from'")) input.from = *text;
                     });
            if (input.from.text.empty())
                in_.fail(in_.at(value), "'from' is missing",
                         "name the output: `from: camera.image`");
        }
        node_.inputs.push_back(std::move(input));
    }

    /// `4`, or `{capacity: 4, full: drop_oldest}`.
    void read_queue(InputSpec& input, const YAML::Node& value) {
        if (!value.IsMap()) {
            input.capacity = in_.integer(value, "queue", 1, kMaxQueue);
            return;
        }
        in_.each(value, "'queue'",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     if (key == "capacity") {
                         input.capacity = in_.integer(member, key, 1, kMaxQueue);
                     } else if (key == "full") {
                         const auto name =
                             in_.choice(member, key, {kFullNames.begin(), kFullNames.end()});
                         if (name)
                             input.full = static_cast<Full>(
                                 std::ranges::find(kFullNames, name->text) - kFullNames.begin());
                     } else {
                         in_.unknown_key(key, pos, "'queue'", {"capacity", "full"});
                     }
                 });
    }

    /// `{max_in_flight: 1, budget: 50ms, drop: oldest}`.
    void read_region(const SourcePos& where, const YAML::Node& value) {
        RegionSpec& region = node_.region.emplace();
        region.where = where;
        in_.each(value, "'region'",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     if (key == "max_in_flight") {
                         region.max_in_flight = in_.integer(member, key, 1, kMaxQueue);
                     } else if (key == "budget") {
                         region.budget = in_.scalar(member, "'budget'");
                     } else if (key == "drop") {
                         if (const auto drop = in_.choice(member, key, {"oldest", "newest"}))
                             region.keeps_newest = drop->text == "oldest";
                     } else {
                         in_.unknown_key(key, pos, "'region'", {"max_in_flight", "budget", "drop"});
                     }
                 });
    }

    void read_options(const std::string& group, const YAML::Node& map, int depth) {
        if (depth > kMaxGroupDepth) return in_.fail(in_.at(map), "options are nested too deeply");
        in_.each(map, "'with'",
                 [&](const std::string& key, const SourcePos& where, const YAML::Node& value) {
                     const std::string name = group + key;
                     if (value.IsMap()) return read_options(name + ".", value, depth + 1);
                     if (const auto text = in_.scalar(value, fmt::format("option '{}'", name)))
                         node_.options.push_back({name, where, *text});
                 });
    }

    YamlReader& in_;
    NodeSpec& node_;
    bool use_failed_ = false;
};

}  // namespace

void read_node(YamlReader& in, const std::string& id, const SourcePos& where,
               const YAML::Node& value) {
    NodeSpec node;
    node.id = id;
    node.where = where;
    in.in_node(id);
    NodeReader(in, node).read(value);
    in.in_node({});
    in.spec().nodes.push_back(std::move(node));
}

}  // namespace tarsier
