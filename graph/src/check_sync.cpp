// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/media/audio.h>

#include <algorithm>

#include "check.h"

namespace tarsier {
namespace {

using Policy = Sync::Policy;

constexpr Timestamp kMaxAge = 500 * kMillisecond;
constexpr Timestamp kTolerance = 20 * kMillisecond;
constexpr Timestamp kLongest = 3600 * kSecond;

/// A duration within low..an hour; nothing (and an error) for anything else.
std::optional<Timestamp> read_duration(const std::string& node, std::string_view name,
                                       const Scalar& text, Timestamp low, CheckedGraph& out) {
    const Result<Duration> duration = parse_duration(text.text);
    if (duration && duration->ns >= low && duration->ns <= kLongest) return duration->ns;
    out.errors.push_back(
        graph_error(node, text.where,
                    fmt::format("{} = {}, expected a duration such as 100ms, {}..1h", name,
                                text.text, format_duration({low}))));
    return std::nullopt;
}

class SyncChecker {
  public:
    SyncChecker(const NodeSpec& spec, const Node& node, CheckedGraph& out)
        : spec_(spec), node_(node), out_(out) {}

    Sync run() {
        const auto name = std::ranges::find(kPairings, spec_.sync.policy.text);
        sync_.policy = static_cast<Policy>(name - kPairings.begin());
        if (sync_.policy == Policy::Exact) return sync_;
        if (node_.inputs().empty()) {
            fail(spec_.sync.policy.where, "a source has no inputs that could be paired");
            return {};
        }
        if (sync_.policy == Policy::Any) {
            check_any();
        } else {
            find_leader();
            read_limit();
        }
        if (sync_.policy == Policy::Span) check_span();
        return sync_;
    }

  private:
    void fail(const SourcePos& where, std::string message, std::string hint = {}) {
        out_.errors.push_back(graph_error(spec_.id, where, std::move(message), std::move(hint)));
    }
    bool is_connected(std::string_view input) const {
        return std::ranges::find(spec_.inputs, input, &InputSpec::port) != spec_.inputs.end();
    }

    /// `any` gives a node one input at a time.
    void check_any() {
        for (const InBase* input : node_.inputs())
            if (input->required())
                fail(spec_.sync.policy.where,
                     fmt::format("sync: any brings one input at a time, but {} always needs '{}'",
                                 spec_.use.text, input->name()),
                     "use `exact`, `hold` or `nearest`");
    }

    /// Without a name the node's first input leads.
    void find_leader() {
        const SyncSpec& spec = spec_.sync;
        const Scalar leader =
            spec.leader.value_or(Scalar{std::string(node_.inputs()[0]->name()), spec.policy.where});
        const auto found = std::ranges::find(node_.inputs(), leader.text, &InBase::name);
        if (found == node_.inputs().end()) {
            std::vector<std::string_view> names;
            for (const InBase* input : node_.inputs()) names.push_back(input->name());
            return fail(leader.where,
                        fmt::format("{} has no input '{}'", spec_.use.text, leader.text),
                        suggest(leader.text, names));
        }
        if (!is_connected(leader.text))
            fail(leader.where,
                 fmt::format("'{}' leads the pairing but is not connected", leader.text),
                 fmt::format("write `in: {{{}: NODE.OUTPUT}}`", leader.text));
        sync_.leader = static_cast<int>(found - node_.inputs().begin());
    }

    void read_limit() {
        const bool holds = sync_.policy == Policy::Hold;
        sync_.limit = holds ? kMaxAge : sync_.policy == Policy::Nearest ? kTolerance : 0;
        const SyncSpec& spec = spec_.sync;
        if (!spec.limit) return;
        const std::string_view wanted = holds                             ? "max_age"
                                        : sync_.policy == Policy::Nearest ? "tolerance"
                                                                          : "";
        if (spec.limit_name.text != wanted)
            return fail(spec.limit_name.where,
                        fmt::format("'{}' has no '{}'", spec.policy.text, spec.limit_name.text),
                        wanted.empty() ? "it needs nothing but the input that leads"
                                       : fmt::format("did you mean '{}'?", wanted));
        if (const auto limit = read_duration(spec_.id, wanted, *spec.limit, 0, out_))
            sync_.limit = *limit;
    }

    void check_span() {
        for (std::size_t i = 0; i < node_.inputs().size(); ++i) {
            const InBase& input = *node_.inputs()[i];
            if (static_cast<int>(i) == sync_.leader || !is_connected(input.name())) continue;
            if (std::string_view(input.type()) != Audio::kTypeName)
                fail(spec_.sync.policy.where,
                     fmt::format("sync: span cuts sound, but input '{}' takes {}", input.name(),
                                 input.type()),
                     "use `hold` or `nearest`");
        }
    }

    const NodeSpec& spec_;
    const Node& node_;
    CheckedGraph& out_;
    Sync sync_;
};

}  // namespace

std::optional<Region> check_region(const NodeSpec& spec, const Node& node, CheckedGraph& out) {
    if (!spec.region) return std::nullopt;
    Region region;
    region.keeps_newest = spec.region->keeps_newest;
    region.max_in_flight = spec.region->max_in_flight.value_or(node.inputs().empty() ? 0 : 1);
    if (spec.region->budget)
        region.budget = read_duration(spec.id, "budget", *spec.region->budget, 1, out).value_or(0);
    if (spec.inputs.size() > 1)
        out.errors.push_back(graph_error(
            spec.id, spec.region->where,
            fmt::format("a region begins at a source or a node with one connection, here are {}",
                        spec.inputs.size()),
            "put `region:` on the node that its inputs come from"));
    return region;
}

Sync check_sync(const NodeSpec& spec, const Node& node, CheckedGraph& out) {
    return SyncChecker(spec, node, out).run();
}

}  // namespace tarsier
