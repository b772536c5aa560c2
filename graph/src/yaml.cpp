// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <tarsier/base/assets.h>
#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "spec.h"

namespace tarsier {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
// Aliases let a short text stand for a huge tree; what is visited is counted, so that reading it
// ends.
constexpr std::size_t kMaxVisited = 4 * kMaxBytes;
constexpr std::size_t kMaxNodes = 1000;
constexpr std::size_t kMemberCost = 16;
constexpr int kMaxGroupDepth = 4;

using Names = std::vector<std::string_view>;

/// Notes where a document starts: YAML::Load() takes the first one and is silent about what
/// follows.
struct FirstMark final : YAML::EventHandler {
    YAML::Mark mark;
    void OnDocumentStart(const YAML::Mark& start) override { mark = start; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

class Parser {
  public:
    Parser(std::string_view text, const std::string& name) : text_(text) { spec().file = name; }

    ParsedGraph run() {
        if (text_.size() > kMaxBytes) {
            fail({spec().file}, fmt::format("the graph file is larger than {} bytes", kMaxBytes));
            return std::move(out_);
        }
        try {
            const YAML::Node document = YAML::Load(std::string(text_));
            if (document.IsNull())
                fail({spec().file, 1, 1}, "the graph file is empty", "start with `tarsier: 1`");
            else
                read_document(document);
            std::istringstream again{std::string(text_)};
            YAML::Parser parser(again);
            FirstMark rest;
            if (!document.IsNull() && parser.HandleNextDocument(rest) &&
                parser.HandleNextDocument(rest))
                fail(at(rest.mark), "text after the end of the graph");
        } catch (const YAML::Exception& error) {
            fail(at(error.mark), "YAML: " + error.msg);
        } catch (const std::exception& error) {
            fail({spec().file}, std::string("YAML: ") + error.what());
        }
        return std::move(out_);
    }

  private:
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

    /// False once enough was seen or enough is wrong.
    bool visit_more(std::size_t bytes) {
        visited_ += bytes;
        return visited_ <= kMaxVisited && out_.errors.size() < kMaxGraphErrors;
    }

    /// Calls visit(key, key node, value) for every member of a map; null counts as an empty map.
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

    void unknown_key(const std::string& key, const SourcePos& where, std::string_view what,
                     const Names& known) {
        fail(where, fmt::format("{} has no key '{}'", what, key), suggest(key, known));
    }

    /// The text of a scalar; nothing (and an error) for anything else.
    std::optional<Scalar> scalar(const YAML::Node& value, const std::string& what) {
        if (value.IsScalar() && !visit_more(value.Scalar().size())) return std::nullopt;
        if (value.IsScalar()) return Scalar{value.Scalar(), at(value)};
        const char* got = value.IsNull() ? "nothing" : value.IsMap() ? "a map" : "a list";
        fail(at(value), fmt::format("{} is one value, here is {}", what, got));
        return std::nullopt;
    }

    void read_document(const YAML::Node& document) {
        bool has_version = false, has_nodes = false;
        each(document, "a graph file",
             [&](const std::string& key, const SourcePos& where, const YAML::Node& value) {
                 if (key == "tarsier") {
                     has_version = true;
                     const auto version = scalar(value, "'tarsier'");
                     if (version && version->text != "1")
                         fail(version->where,
                              fmt::format("graph format '{}' is unknown", version->text),
                              "this version reads `tarsier: 1`");
                 } else if (key == "title" || key == "description") {
                     if (const auto text = scalar(value, "'" + key + "'"))
                         (key == "title" ? spec().title : spec().description) = text->text;
                 } else if (key == "params") {
                     each(value, "'params'",
                          [&](const auto& name, const auto& pos, const auto& param) {
                              read_param(name, pos, param);
                          });
                 } else if (key == "nodes") {
                     has_nodes = true;
                     each(value, "'nodes'",
                          [&](const auto& name, const auto& pos, const auto& node) {
                              read_node(name, pos, node);
                          });
                 } else {
                     unknown_key(key, where, "a graph file",
                                 {"tarsier", "title", "description", "params", "nodes"});
                 }
             });
        if (visited_ > kMaxVisited)
            fail({spec().file}, "the graph is too large once its aliases are expanded");
        if (too_many_nodes_)
            fail({spec().file}, fmt::format("a graph holds at most {} nodes", kMaxNodes));
        if (!document.IsMap()) return;
        if (!has_version)
            fail({spec().file, 1, 1}, "'tarsier' is missing", "start with `tarsier: 1`");
        if (!has_nodes)
            fail({spec().file, 1, 1}, "'nodes' is missing");
        else if (spec().nodes.empty())
            fail({spec().file, 1, 1}, "the graph has no nodes");
    }

    bool check_name(const std::string& name, const SourcePos& where, std::string_view what) {
        const auto ok = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '-';
        };
        if (!name.empty() && std::ranges::all_of(name, ok)) return true;
        fail(where, fmt::format("'{}' is no name of {}", name, what),
             "letters, digits, '_' and '-' are allowed");
        return false;
    }

    void read_param(const std::string& name, const SourcePos& where, const YAML::Node& value) {
        if (!check_name(name, where, "a parameter")) return;
        ParamSpec param{name, std::nullopt, {}, where};
        if (value.IsMap()) {
            each(value, "a parameter",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     if (key != "default" && key != "doc")
                         return unknown_key(key, pos, "a parameter", {"default", "doc"});
                     const auto text = scalar(member, "'" + key + "'");
                     if (text && key == "default") param.initial = text->text;
                     if (text && key == "doc") param.doc = text->text;
                 });
        } else if (const auto text = scalar(value, "a parameter")) {
            param.initial = text->text;
        }
        spec().params.push_back(std::move(param));
    }

    void read_node(const std::string& id, const SourcePos& where, const YAML::Node& value) {
        if (!check_name(id, where, "a node")) return;
        if (spec().nodes.size() == kMaxNodes) {
            too_many_nodes_ = true;
            return;
        }
        NodeSpec node{id, where, {}, {}, {}, false};
        node_ = id;
        each(value, "a node",
             [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                 read_member(node, key, pos, member);
             });
        if (node.use.text.empty() && !use_failed_)
            fail(where, "'use' is missing", "name the node's type: `use: source.video`");
        use_failed_ = false;
        node_.clear();
        spec().nodes.push_back(std::move(node));
    }

    void read_member(NodeSpec& node, const std::string& key, const SourcePos& where,
                     const YAML::Node& value) {
        if (key == "use") {
            const auto use = scalar(value, "'use'");
            use_failed_ = !use;
            if (use) node.use = *use;
        } else if (key == "in") {
            each(value, "'in'", [&](const auto& port, const auto& pos, const auto& from) {
                read_input(node, port, pos, from);
            });
        } else if (key == "with") {
            read_options(node, "", value, 0);
        } else if (key == "sync") {
            check_sync(value);
        } else if (key == "on_error") {
            const auto policy = scalar(value, "'on_error'");
            if (!policy) return;
            node.skip_errors = policy->text == "skip";
            if (policy->text != "skip" && policy->text != "stop")
                fail(policy->where, fmt::format("on_error: '{}' is unknown", policy->text),
                     suggest(policy->text, {"stop", "skip"}));
        } else if (key == "doc") {
            (void)scalar(value, "'doc'");
        } else {
            unknown_key(key, where, "a node", {"use", "in", "with", "sync", "on_error", "doc"});
        }
    }

    void check_sync(const YAML::Node& value) {
        const auto sync = scalar(value, "'sync'");
        if (!sync || sync->text == "exact") return;
        const Names later = {"hold", "nearest", "span", "any"};
        if (std::ranges::find(later, sync->text) != later.end())
            fail(sync->where,
                 fmt::format("sync: '{}' is not available in this version", sync->text),
                 "inputs are paired by `exact`, which is also the default");
        else
            fail(sync->where, fmt::format("sync: '{}' is unknown", sync->text),
                 suggest(sync->text, {"exact"}));
    }

    void read_input(NodeSpec& node, const std::string& port, const SourcePos& where,
                    const YAML::Node& value) {
        InputSpec input{port, where, {}, kDefaultQueue};
        if (!value.IsMap()) {
            if (const auto from = scalar(value, "a connection")) input.from = *from;
        } else {
            each(value, "a connection",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     if (key != "from" && key != "queue")
                         return unknown_key(key, pos, "a connection", {"from", "queue"});
                     const auto text = scalar(member, "'" + key + "'");
                     if (text && key == "from") input.from = *text;
                     if (text && key == "queue") read_queue(input, *text);
                 });
            if (input.from.text.empty())
                fail(at(value), "'from' is missing", "name the output: `from: camera.image`");
        }
        node.inputs.push_back(std::move(input));
    }

    void read_queue(InputSpec& input, const Scalar& value) {
        const char* const end = value.text.data() + value.text.size();
        int queue = 0;
        const auto parsed = std::from_chars(value.text.data(), end, queue);
        if (parsed.ec == std::errc() && parsed.ptr == end && queue >= 1 && queue <= kMaxQueue)
            input.queue = queue;
        else
            fail(value.where,
                 fmt::format("queue: '{}', expected an integer 1..{}", value.text, kMaxQueue));
    }

    void read_options(NodeSpec& node, const std::string& group, const YAML::Node& map, int depth) {
        if (depth > kMaxGroupDepth) return fail(at(map), "options are nested too deeply");
        each(map, "'with'",
             [&](const std::string& key, const SourcePos& where, const YAML::Node& value) {
                 const std::string name = group + key;
                 if (value.IsMap()) return read_options(node, name + ".", value, depth + 1);
                 if (const auto text = scalar(value, fmt::format("option '{}'", name)))
                     node.options.push_back({name, where, *text});
             });
    }

    std::string_view text_;
    ParsedGraph out_;
    std::string node_;  // the node being read, for its errors
    bool use_failed_ = false;
    bool too_many_nodes_ = false;
    std::size_t visited_ = 0;  // bytes
};

}  // namespace

std::string suggest(std::string_view wanted, const Names& names) {
    if (const std::string_view near = closest(wanted, names); !near.empty())
        return fmt::format("did you mean '{}'?", near);
    return names.empty() ? "" : fmt::format("known: {}", fmt::join(names, ", "));
}

ParsedGraph parse_graph(std::string_view text, const std::string& name) {
    return Parser(text, name).run();
}

}  // namespace tarsier
