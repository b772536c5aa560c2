// SPDX-License-Identifier: Apache-2.0
#include "passes/channel_origins.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "ops/conv1x1.h"
#include "ops/permute.h"

namespace tarsier::infer::convert {
namespace {

constexpr std::size_t kMaxRuns = 16;                        ///< that a value is made of
constexpr std::size_t kMaxChannels = std::size_t{1} << 18;  ///< to follow, in all
constexpr int kMaxTries = 8;

/// A channel of a value that a node computes, which has a number.
struct Channel {
    int value = 0;
    int channel = 0;

    auto operator<=>(const Channel&) const = default;
};
using Channels = std::vector<Channel>;
using Order = std::vector<std::size_t>;

/// What a permute that leaves the pixels where they are selects of its input's channels.
std::optional<std::vector<int>> selected(const Node& node, const Value& in, const Value& out) {
    if (!in.same_size(out) || node.number("pixel", 0) != 0) return std::nullopt;
    const auto at = [&](const char* what, int i, int otherwise) {
        return static_cast<int>(node.number(loop_key(what, i), otherwise));
    };
    int loop = 0;
    if (const int pixels = in.height * in.width; pixels > 1) {
        if (at("count", 0, 1) != pixels || at("pixels", 0, 0) != 1 || at("channels", 0, 0) != 0)
            return std::nullopt;
        loop = 1;
    }
    std::vector<int> channels = {static_cast<int>(node.number("channel", 0))};
    for (; loop < kMaxLoops; ++loop) {
        const int count = at("count", loop, 1);
        if (count > 1 && at("pixels", loop, 0) != 0) return std::nullopt;
        std::vector<int> next;
        for (const int first : channels)
            for (int i = 0; i < count; ++i) next.push_back(first + i * at("channels", loop, 0));
        channels = std::move(next);
    }
    return channels;
}

/// One try: `needed` are values that must be made.
class Search {
  public:
    Search(const Graph& graph, const std::set<std::string>& needed)
        : graph_(graph), needed_(needed) {
        for (std::size_t i = 0; i < graph.nodes.size(); ++i)
            for (const std::string& input : graph.nodes[i].inputs) readers_[input].push_back(i);
        for (const Port& port : graph.outputs) fixed_.insert(port.value);
        for (const Port& port : graph.inputs) fixed_.insert(port.value);
        for (const auto& [name, value] : graph.values) {
            if (value.root.empty()) continue;
            fixed_.insert(name);
            fixed_.insert(value.root);
        }
        find_copies();
        find_unneeded();
    }

    /// Empty where a value turned out to be in too many pieces, which `failed` names then.
    ChannelOrigins run(std::string& failed) {
        follow();
        ChannelOrigins origins;
        reorder(origins);
        for (const std::string& value : read_) {
            auto gathered = gather(channels_.at(value));
            if (!gathered) {
                failed = value;
                return {};
            }
            origins.values[value] = std::move(*gathered);
        }
        return origins;
    }

  private:
    /// Whether a concat would have to copy this input, and not be its place from the beginning.
    bool copied_into_concat(const std::string& value) const {
        return copies_.count(value) + fixed_.count(value) + placed_.count(value) != 0;
    }

    /// Values that would be made by copying channels.
    void find_copies() {
        for (const Node& node : graph_.nodes) {
            bool copies = false;
            if (node.op == "permute") {
                copies = select(node).has_value();
            } else if (node.op == "slice") {
                placed_.insert(node.output);
                copies = copies_.count(node.inputs[0]) != 0;
            } else if (node.op == "concat") {
                for (const std::string& input : node.inputs) {
                    copies = copies || copied_into_concat(input);
                    placed_.insert(input);
                }
            }
            if (copies) copies_.insert(node.output);
        }
    }

    std::optional<std::vector<int>> select(const Node& node) const {
        return selected(node, graph_.values.at(node.inputs[0]), graph_.values.at(node.output));
    }

    template <class Takes>
    bool all_readers(const std::string& value, const Takes& takes) const {
        const auto readers = readers_.find(value);
        return fixed_.count(value) == 0 && readers != readers_.end() &&
               std::all_of(readers->second.begin(), readers->second.end(),
                           [&](std::size_t i) { return takes(graph_.nodes[i]); });
    }

    /// Of the copies, and of what they copy, those that all readers can do without.
    void find_unneeded() {
        const auto is_product = [](const Node& node) { return node.op == "conv1x1"; };
        const auto is_unneeded = [&](const Node& node) {
            return unneeded_.count(node.output) != 0;
        };
        for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
            const Node& node = graph_.nodes[i];
            if (needed_.count(node.output) != 0) continue;
            const bool unneeded =
                copies_.count(node.output) != 0
                    ? all_readers(node.output,
                                  [&](const Node& reader) {
                                      return is_product(reader) || is_unneeded(reader) ||
                                             (reader.channelwise() &&
                                              all_readers(reader.output, is_product));
                                  })
                    : (node.op == "concat" || node.op == "slice") &&
                          all_readers(node.output, is_unneeded);
            if (unneeded) unneeded_.insert(node.output);
        }
    }

    Channels channels_of(const std::string& value) {
        if (const auto found = channels_.find(value); found != channels_.end())
            return found->second;
        const auto [number, added] = numbers_.emplace(value, static_cast<int>(names_.size()));
        if (added) names_.push_back(value);
        Channels all(static_cast<std::size_t>(graph_.values.at(value).channels));
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = {number->second, static_cast<int>(i)};
        return all;
    }

    /// Too much to follow: everything is made as it is.
    void forget() {
        channels_.clear();
        read_.clear();
        names_.clear();
        numbers_.clear();
    }

    /// Finds what unneeded values are made of, and those of them that somebody reads.
    void follow() {
        std::size_t total = 0;
        for (const Node& node : graph_.nodes) {
            if (!node.inputs.empty() && channels_.count(node.inputs[0]) != 0 &&
                unneeded_.count(node.output) == 0)
                read_.insert(node.inputs[0]);
            if (unneeded_.count(node.output) == 0) continue;
            const Value& out = graph_.values.at(node.output);
            total += static_cast<std::size_t>(out.channels);
            for (const std::string& input : node.inputs)
                total += static_cast<std::size_t>(graph_.values.at(input).channels);
            if (total > kMaxChannels) return forget();
            Channels all;
            for (const std::string& input : node.inputs) {
                const Channels more = channels_of(input);
                all.insert(all.end(), more.begin(), more.end());
            }
            if (node.op != "concat") {
                std::vector<int> taken(static_cast<std::size_t>(out.channels));
                std::iota(taken.begin(), taken.end(),
                          static_cast<int>(node.number("first_channel", 0)));
                if (node.op == "permute") taken = *select(node);
                Channels some;
                for (const int i : taken) some.push_back(all[static_cast<std::size_t>(i)]);
                all = std::move(some);
            }
            channels_[node.output] = std::move(all);
        }
    }

    /// Who reads each channel of the values, by their numbers.
    std::vector<std::vector<std::vector<int>>> readers_of_channels() const {
        std::vector<std::vector<std::vector<int>>> readers(names_.size());
        for (std::size_t i = 0; i < names_.size(); ++i)
            readers[i].resize(static_cast<std::size_t>(graph_.values.at(names_[i]).channels));
        int reader = 0;
        for (const std::string& value : read_) {
            for (const Channel& channel : channels_.at(value))
                readers[static_cast<std::size_t>(channel.value)]
                       [static_cast<std::size_t>(channel.channel)]
                           .push_back(reader);
            ++reader;
        }
        return readers;
    }

    /// Dense convolutions can make their channels in any order, if nobody else reads them: those
    /// that are read together lie together.
    void reorder(ChannelOrigins& origins) {
        const auto readers = readers_of_channels();
        std::vector<std::vector<int>> places(names_.size());  // new ones of the channels
        for (const Node& node : graph_.nodes) {
            const auto found = numbers_.find(node.output);
            const bool dense = node.op == "conv1x1" || node.op == "conv";
            if (!dense || found == numbers_.end() ||
                !all_readers(node.output, [&](const Node& reader) {
                    return unneeded_.count(reader.output) != 0;
                }))
                continue;
            const auto value = static_cast<std::size_t>(found->second);
            Order order(readers[value].size());
            std::iota(order.begin(), order.end(), 0U);
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return readers[value][a] < readers[value][b];
            });
            places[value].resize(order.size());
            for (std::size_t i = 0; i < order.size(); ++i)
                places[value][order[i]] = static_cast<int>(i);
            origins.reordered[node.output] = std::move(order);
        }
        for (const std::string& value : read_)
            for (Channel& channel : channels_.at(value))
                if (const auto& place = places[static_cast<std::size_t>(channel.value)];
                    !place.empty())
                    channel.channel = place[static_cast<std::size_t>(channel.channel)];
    }

    std::optional<Gathered> gather(const Channels& all) const {
        Gathered out;
        out.order.resize(all.size());
        std::iota(out.order.begin(), out.order.end(), 0U);
        std::sort(out.order.begin(), out.order.end(),
                  [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });
        Channel next{-1, 0};
        for (const std::size_t i : out.order) {
            if (all[i] < next) return std::nullopt;  // a channel twice
            if (all[i] == next)
                ++out.runs.back().count;
            else
                out.runs.push_back(
                    {names_[static_cast<std::size_t>(all[i].value)], all[i].channel, 1});
            next = {all[i].value, all[i].channel + 1};
        }
        if (out.runs.size() > kMaxRuns || all.size() > kMaxGathered) return std::nullopt;
        return out;
    }

    const Graph& graph_;
    const std::set<std::string>& needed_;
    std::map<std::string, std::vector<std::size_t>> readers_;  ///< numbers of nodes
    std::set<std::string> fixed_;   ///< ports, slices and what they are slices of
    std::set<std::string> placed_;  ///< what is in a concat already
    std::set<std::string> copies_;
    std::set<std::string> unneeded_;
    std::vector<std::string> names_;  ///< of computed values by number
    std::map<std::string, int> numbers_;
    std::map<std::string, Channels> channels_;  ///< of unneeded values
    std::set<std::string> read_;                ///< unneeded values that convolutions read
};

}  // namespace

ChannelOrigins find_channel_origins(const Graph& graph) {
    std::set<std::string> needed;
    for (int i = 0; i < kMaxTries; ++i) {
        std::string failed;
        ChannelOrigins origins = Search(graph, needed).run(failed);
        if (failed.empty()) return origins;
        needed.insert(failed);
    }
    return {};
}

}  // namespace tarsier::infer::convert
