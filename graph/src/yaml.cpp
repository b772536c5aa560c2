// SPDX-License-Identifier: Apache-2.0
// The graph file as a whole.
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

#include "yaml_reader.h"

namespace tarsier {
namespace {

constexpr std::size_t kMaxNodes = 1000;

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
        if (text_.size() > YamlReader::kMaxBytes) {
            in_.fail({spec().file},
                     fmt::format("the graph file is larger than {} bytes", YamlReader::kMaxBytes));
            return std::move(out_);
        }
        try {
            const YAML::Node document = YAML::Load(std::string(text_));
            if (document.IsNull())
                in_.fail({spec().file, 1, 1}, "the graph file is empty", "start with `tarsier: 1`");
            else
                read_document(document);
            std::istringstream again{std::string(text_)};
            YAML::Parser parser(again);
            FirstMark rest;
            if (!document.IsNull() && parser.HandleNextDocument(rest) &&
                parser.HandleNextDocument(rest))
                in_.fail(in_.at(rest.mark), "text after the end of the graph");
        } catch (const YAML::Exception& error) {
            in_.fail(in_.at(error.mark), "YAML: " + error.msg);
        } catch (const std::exception& error) {
            in_.fail({spec().file}, std::string("YAML: ") + error.what());
        }
        return std::move(out_);
    }

  private:
    GraphSpec& spec() { return out_.spec; }

    void read_document(const YAML::Node& document) {
        bool has_version = false, has_nodes = false;
        in_.each(document, "a graph file",
                 [&](const std::string& key, const SourcePos& where, const YAML::Node& value) {
                     if (key == "tarsier") {
                         has_version = true;
                         const auto version = in_.scalar(value, "'tarsier'");
                         if (version && version->text != "1")
                             in_.fail(version->where,
                                      fmt::format("graph format '{}' is unknown", version->text),
                                      "this version reads `tarsier: 1`");
                     } else if (key == "title" || key == "description") {
                         if (const auto text = in_.scalar(value, "'" + key + "'"))
                             (key == "title" ? spec().title : spec().description) = text->text;
                     } else if (key == "params") {
                         in_.each(value, "'params'",
                                  [&](const auto& name, const auto& pos, const auto& param) {
                                      read_param(name, pos, param);
                                  });
                     } else if (key == "privacy") {
                         read_privacy(value);
                     } else if (key == "nodes") {
                         has_nodes = true;
                         in_.each(value, "'nodes'",
                                  [&](const auto& name, const auto& pos, const auto& node) {
                                      add_node(name, pos, node);
                                  });
                     } else {
                         in_.unknown_key(
                             key, where, "a graph file",
                             {"tarsier", "title", "description", "params", "privacy", "nodes"});
                     }
                 });
        if (in_.is_too_large())
            in_.fail({spec().file}, "the graph is too large once its aliases are expanded");
        if (too_many_nodes_)
            in_.fail({spec().file}, fmt::format("a graph holds at most {} nodes", kMaxNodes));
        if (!document.IsMap()) return;
        if (!has_version)
            in_.fail({spec().file, 1, 1}, "'tarsier' is missing", "start with `tarsier: 1`");
        if (!has_nodes)
            in_.fail({spec().file, 1, 1}, "'nodes' is missing");
        else if (spec().nodes.empty())
            in_.fail({spec().file, 1, 1}, "the graph has no nodes");
    }

    /// `{deny_raw: [disk, network]}`.
    void read_privacy(const YAML::Node& value) {
        in_.each(value, "'privacy'",
                 [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                     if (key != "deny_raw")
                         return in_.unknown_key(key, pos, "'privacy'", {"deny_raw"});
                     if (!member.IsSequence()) return read_denied(member);
                     for (const auto& place : member) read_denied(place);
                 });
    }

    void read_denied(const YAML::Node& value) {
        if (auto place = in_.choice(value, "deny_raw", {"disk", "network"}))
            spec().deny_raw.push_back(std::move(*place));
    }

    void add_node(const std::string& id, const SourcePos& where, const YAML::Node& value) {
        if (!in_.check_name(id, where, "a node")) return;
        too_many_nodes_ = too_many_nodes_ || spec().nodes.size() == kMaxNodes;
        if (!too_many_nodes_) read_node(in_, id, where, value);
    }

    void read_param(const std::string& name, const SourcePos& where, const YAML::Node& value) {
        if (!in_.check_name(name, where, "a parameter")) return;
        ParamSpec param{name, std::nullopt, {}, where};
        if (value.IsMap()) {
            in_.each(value, "a parameter",
                     [&](const std::string& key, const SourcePos& pos, const YAML::Node& member) {
                         if (key != "default" && key != "doc")
                             return in_.unknown_key(key, pos, "a parameter", {"default", "doc"});
                         const auto text = in_.scalar(member, "'" + key + "'");
                         if (text && key == "default") param.initial = text->text;
                         if (text && key == "doc") param.doc = text->text;
                     });
        } else if (const auto text = in_.scalar(value, "a parameter")) {
            param.initial = text->text;
        }
        spec().params.push_back(std::move(param));
    }

    std::string_view text_;
    ParsedGraph out_;
    YamlReader in_{out_};
    bool too_many_nodes_ = false;
};

}  // namespace

ParsedGraph parse_graph(std::string_view text, const std::string& name) {
    return Parser(text, name).run();
}

}  // namespace tarsier
