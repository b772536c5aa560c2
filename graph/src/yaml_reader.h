// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec.h"

namespace tarsier {

/// What reading any part of a graph file needs: values with their places, errors, and an end for
/// texts that never end. Aliases let a short text stand for a huge tree; what is visited is
/// counted. Not thread-safe.
class YamlReader {
  public:
    using Names = std::vector<std::string_view>;
    static constexpr std::size_t kMaxBytes = 1 << 20;

    explicit YamlReader(ParsedGraph& out) : out_(out) {}

    GraphSpec& spec() { return out_.spec; }
    SourcePos at(const YAML::Mark& mark) const {
        return mark.is_null() ? SourcePos{out_.spec.file}
                              : SourcePos{out_.spec.file, mark.line + 1, mark.column + 1};
    }
    SourcePos at(const YAML::Node& node) const { return at(node.Mark()); }

    void fail(SourcePos where, std::string message, std::string hint = {}) {
        out_.errors.push_back(
            {Code::Graph, std::move(message), node_, std::move(where), std::move(hint), {}});
    }
    void unknown_key(const std::string& key, const SourcePos& where, std::string_view what,
                     const Names& known) {
        fail(where, fmt::format("{} has no key '{}'", what, key), suggest(key, known));
    }
    /// The node that the errors from now on belong to; empty for none.
    void in_node(std::string id) { node_ = std::move(id); }
    /// Whether the text stands for more than anybody wants to read.
    bool is_too_large() const { return visited_ > kMaxVisited; }

    /// Calls visit(key, place of the key, value) for every member of a map; null counts as an empty
    /// map.
    template <class Visit>
    void each(const YAML::Node& map, std::string_view what, Visit&& visit) {
        if (map.IsNull()) return;
        if (!map.IsMap()) return fail(at(map), fmt::format("{} is a map of names to values", what));
        std::map<std::string, int> seen;
        for (const auto& member : map) {
            const bool plain = member.first.IsScalar();
            if (!visit_more(kMemberCost + (plain ? member.first.Scalar().size() : 0))) return;
            if (!plain) {
                fail(at(member.first), fmt::format("a key of {} is a plain name", what));
                continue;
            }
            const std::string& key = member.first.Scalar();
            const SourcePos where = at(member.first);
            const auto [first, is_new] = seen.emplace(key, where.line);
            if (is_new)
                visit(key, where, member.second);
            else
                fail(where, fmt::format("'{}' occurs twice in {}", key, what),
                     fmt::format("the first one is in line {}", first->second));
        }
    }

    /// The text of a scalar; nothing (and an error) for anything else.
    std::optional<Scalar> scalar(const YAML::Node& value, const std::string& what);
    /// One of the names; nothing (and an error) for anything else.
    std::optional<Scalar> choice(const YAML::Node& value, const std::string& what,
                                 const Names& names);
    /// An integer in low..high; nothing (and an error) for anything else.
    std::optional<int> integer(const YAML::Node& value, const std::string& what, int low, int high);
    /// Whether the name may stand for a node or a parameter; an error when not.
    bool check_name(const std::string& name, const SourcePos& where, std::string_view what);

  private:
    static constexpr std::size_t kMaxVisited = 4 * kMaxBytes;
    static constexpr std::size_t kMemberCost = 16;

    /// False once enough was seen or enough is wrong.
    bool visit_more(std::size_t bytes) {
        visited_ += bytes;
        return visited_ <= kMaxVisited && out_.errors.size() < kMaxGraphErrors;
    }

    ParsedGraph& out_;
    std::string node_;
    std::size_t visited_ = 0;  // bytes
};

/// Reads what stands under a node's name, into the spec's nodes.
void read_node(YamlReader& in, const std::string& id, const SourcePos& where,
               const YAML::Node& value);

}  // namespace tarsier
