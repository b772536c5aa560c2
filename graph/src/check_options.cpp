// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <tarsier/base/assets.h>
#include <algorithm>

#include "check.h"
#include "option_text.h"

namespace fs = std::filesystem;

namespace tarsier {
namespace {

std::vector<std::string> known_models() {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const fs::path& folder : asset_folders("models"))
        for (const auto& entry : fs::directory_iterator(folder, ignored))
            if (entry.path().extension() == ".tsr") names.push_back(entry.path().stem());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void check_model(const NodeSpec& spec, const OptionBase& option, const SourcePos& where,
                 CheckedGraph& out) {
    const std::string model = to_string(option.value());
    if (model.empty() || find_asset("models", model, ".tsr")) return;
    const std::vector<std::string> names = known_models();
    std::string hint = suggest(model, {names.begin(), names.end()});
    if (hint.empty()) {
        hint = "looked for " + model + ".tsr in";
        for (const fs::path& folder : asset_folders("models")) hint += " " + folder.string();
    }
    out.errors.push_back(
        graph_error(spec.id, where, fmt::format("there is no model '{}'", model), hint));
}

std::vector<std::string_view> option_names(const Node& node) {
    std::vector<std::string_view> names;
    for (const OptionBase* option : node.options()) names.push_back(option->name());
    return names;
}

OptionBase* find_option(const Node& node, std::string_view name) {
    for (OptionBase* option : node.options())
        if (option->name() == name) return option;
    return nullptr;
}

Error unknown_option(const NodeSpec& spec, const OptionSpec& option, const Node& node) {
    const std::vector<std::string_view> names = option_names(node);
    const std::string group = option.name + ".";
    const auto member =
        std::ranges::find_if(names, [&](auto name) { return name.starts_with(group); });
    if (member != names.end())
        return graph_error(
            spec.id, option.where, fmt::format("'{}' is a group of options", option.name),
            fmt::format("write `{}: {{{}: ...}}`", option.name, member->substr(group.size())));
    return graph_error(spec.id, option.where,
                       fmt::format("{} has no option '{}'", spec.use.text, option.name),
                       names.empty() ? "it has no options" : suggest(option.name, names));
}

}  // namespace

Error graph_error(const std::string& node, const SourcePos& where, std::string message,
                  std::string hint) {
    return {Code::Graph, std::move(message), node, where, std::move(hint), {}};
}

ParamValues::ParamValues(const GraphSpec& spec, const Params& given, CheckedGraph& out)
    : out_(out) {
    std::vector<std::string_view> names;
    for (const ParamSpec& param : spec.params) {
        names.push_back(param.name);
        const auto found = given.find(param.name);
        values_[param.name] = {&param, found == given.end() ? param.initial : found->second};
        if (!values_[param.name].text)
            out_.errors.push_back(
                graph_error({}, param.where, fmt::format("parameter '{}' has no value", param.name),
                            fmt::format("give one: -p {}=VALUE", param.name)));
    }
    for (const auto& [name, value] : given) {
        if (values_.contains(name)) continue;
        Error error =
            graph_error({}, {spec.file}, fmt::format("the graph has no parameter '{}'", name),
                        names.empty() ? "it has no parameters" : suggest(name, names));
        // Not the file is wrong, but what the caller asked of it.
        error.code = Code::Usage;
        out_.errors.push_back(std::move(error));
    }
}

std::optional<std::string> ParamValues::substitute(const Scalar& scalar, const std::string& node) {
    const std::string& text = scalar.text;
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '$' || i + 1 == text.size() || (text[i + 1] != '{' && text[i + 1] != '$')) {
            result += text[i];
            continue;
        }
        if (text[++i] == '$') {
            result += '$';
            continue;
        }
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) {
            out_.errors.push_back(graph_error(node, scalar.where, "'${' without '}'",
                                              "write `$$` for a dollar sign"));
            return std::nullopt;
        }
        const std::string name = text.substr(i + 1, end - i - 1);
        const auto found = values_.find(name);
        if (found == values_.end()) {
            std::vector<std::string_view> names;
            for (const auto& [known, value] : values_) names.push_back(known);
            out_.errors.push_back(
                graph_error(node, scalar.where, fmt::format("there is no parameter '{}'", name),
                            names.empty() ? "declare it under `params:`" : suggest(name, names)));
            return std::nullopt;
        }
        found->second.used = true;
        if (!found->second.text) return std::nullopt;
        result += *found->second.text;
        i = end;
    }
    return result;
}

void ParamValues::report_unused() {
    for (const auto& [name, value] : values_)
        if (!value.used)
            out_.warnings.push_back(graph_error(
                {}, value.spec->where, fmt::format("no option uses parameter '{}'", name)));
}

void set_options(const NodeSpec& spec, Node& node, ParamValues& params, CheckedGraph& out) {
    std::map<std::string_view, SourcePos> given;
    for (const OptionSpec& option : spec.options) {
        if (out.errors.size() >= kMaxGraphErrors) return;
        OptionBase* const target = find_option(node, option.name);
        if (!target) {
            out.errors.push_back(unknown_option(spec, option, node));
            continue;
        }
        if (!given.emplace(target->name(), option.value.where).second)
            out.errors.push_back(graph_error(spec.id, option.where,
                                             fmt::format("option '{}' is set twice", option.name)));
        const std::optional<std::string> text = params.substitute(option.value, spec.id);
        if (!text) continue;
        const Status set = target->set(read_option(*target, *text));
        if (set) continue;
        std::string hint = set.error().hint;
        if (hint.empty() && *text != option.value.text)
            hint = fmt::format("the value comes from {}", option.value.text);
        out.errors.push_back(graph_error(spec.id, option.value.where, set.error().message, hint));
    }
    for (OptionBase* option : node.options()) {
        option->apply();
        if (option->constraint().kind != Constraint::Kind::Model) continue;
        const auto place = given.find(option->name());
        check_model(spec, *option, place == given.end() ? spec.where : place->second, out);
    }
}

}  // namespace tarsier
