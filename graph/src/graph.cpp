// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/graph.h>

#include <fmt/format.h>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app_nodes.h"
#include "check.h"
#include "engine.h"

namespace fs = std::filesystem;

namespace tarsier {
namespace {

/// "did you mean" for a graph file that is not there.
std::string near_files(const fs::path& file) {
    std::vector<std::string> names;
    std::error_code ignored;
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename());
    const std::string near = suggest(file.filename().string(), {names.begin(), names.end()});
    return near.empty() ? "looked for " + fs::absolute(file, ignored).string() : near;
}

Result<std::string> read_file(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored))
        return {Code::NotFound, fmt::format("there is no graph file '{}'", file.string()),
                near_files(file)};
    if (fs::is_directory(file, ignored))
        return {Code::NotFound, fmt::format("'{}' is a folder, not a graph file", file.string())};
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return {errno == EACCES ? Code::Permission : Code::Io,
                fmt::format("cannot read '{}': {}", file.string(), std::strerror(errno))};
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

/// The first error with the rest in `others`.
Error bundle(std::vector<Error> errors) {
    Error first = std::move(errors.front());
    first.others.assign(std::make_move_iterator(errors.begin() + 1),
                        std::make_move_iterator(errors.end()));
    return first;
}

}  // namespace

class Graph::Impl {
  public:
    Impl(CheckedGraph checked, const GraphOptions& options, const fs::path& folder)
        : engine(std::move(checked), options, folder) {}
    Engine engine;

    AppSink* sink(std::string_view node) const { return dynamic_cast<AppSink*>(engine.find(node)); }
    AppSource* source(std::string_view node) const {
        return dynamic_cast<AppSource*>(engine.find(node));
    }

    static Result<std::unique_ptr<Impl>> build(std::string_view text, const std::string& name,
                                               const fs::path& folder, const Params& params,
                                               const GraphOptions& options,
                                               const Registry& registry) {
        CheckedGraph checked = check_spec(parse_graph(text, name), params, registry);
        if (!checked.errors.empty()) return bundle(std::move(checked.errors));
        return std::make_unique<Impl>(std::move(checked), options, folder);
    }
};

Graph::Graph(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;
Graph::~Graph() = default;

Result<Graph> Graph::load(const fs::path& file, const Params& params, const GraphOptions& options,
                          const Registry& registry) {
    TARSIER_TRY(const std::string text, read_file(file));
    std::error_code ignored;
    const fs::path folder = fs::absolute(file, ignored).parent_path();
    TARSIER_TRY(std::unique_ptr<Impl> impl,
                Impl::build(text, file.string(), folder, params, options, registry));
    return Graph(std::move(impl));
}

Result<Graph> Graph::parse(std::string_view text, const std::string& name, const Params& params,
                           const GraphOptions& options, const Registry& registry) {
    TARSIER_TRY(std::unique_ptr<Impl> impl, Impl::build(text, name, {}, params, options, registry));
    return Graph(std::move(impl));
}

AppOutput& Graph::output(std::string_view node) {
    assert(has_output(node));
    return *impl_->sink(node);
}

AppInput& Graph::input(std::string_view node) {
    assert(has_input(node));
    return *impl_->source(node);
}

bool Graph::has_output(std::string_view node) const { return impl_->sink(node) != nullptr; }
bool Graph::has_input(std::string_view node) const { return impl_->source(node) != nullptr; }

void Graph::on_sink_packet(
    std::function<void(std::string_view, std::string_view, const Packet&)> observer) {
    impl_->engine.observe(std::move(observer));
}

void Graph::on_firing(std::function<void(const Firing&)> observer) {
    impl_->engine.observe_firings(std::move(observer));
}

Status Graph::start() { return impl_->engine.start(); }
Status Graph::wait() { return impl_->engine.wait(); }
void Graph::request_stop() { impl_->engine.request_stop(); }
Status Graph::stop(Timestamp deadline) { return impl_->engine.stop(deadline); }
bool Graph::running() const { return impl_->engine.running(); }
GraphStats Graph::stats() const { return impl_->engine.stats(); }

CheckReport check_graph(const fs::path& file, const Params& params, const Registry& registry) {
    CheckReport report;
    const Result<std::string> text = read_file(file);
    if (!text) {
        report.errors.push_back(text.error());
        return report;
    }
    CheckedGraph checked = check_spec(parse_graph(*text, file.string()), params, registry);
    report.errors = std::move(checked.errors);
    report.warnings = std::move(checked.warnings);
    report.nodes = static_cast<int>(checked.nodes.size());
    report.connections = static_cast<int>(checked.edges.size());
    if (!report.errors.empty()) return report;
    report.held = count_items(checked);
    report.pairings = find_pairing_costs(checked);
    report.raw = find_raw_flows(checked);
    return report;
}

}  // namespace tarsier
