// SPDX-License-Identifier: Apache-2.0
#include "audio/keyword_decision.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tarsier::nodes {
namespace {

std::size_t likeliest(std::span<const float> values) {
    return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

}  // namespace

KeywordDecision::KeywordDecision(std::vector<bool> counts, const Settings& settings)
    : counts_(std::move(counts)), settings_(settings) {
    reset();
}

void KeywordDecision::reset() {
    looks_.clear();
    means_.assign(counts_.size(), 0);
    labels_.assign(counts_.size(), {true, std::numeric_limits<Timestamp>::min()});
}

std::optional<KeywordDecision::Word> KeywordDecision::look(std::span<const float> probabilities,
                                                           Timestamp ts) {
    if (looks_.size() == settings_.looks) looks_.pop_front();
    looks_.emplace_back(probabilities.begin(), probabilities.end());
    for (std::size_t i = 0; i < means_.size(); ++i) {
        float sum = 0;
        for (const std::vector<float>& look : looks_) sum += look[i];
        means_[i] = sum / static_cast<float>(settings_.looks);
        if (means_[i] < settings_.rearm) labels_[i].armed = true;
    }
    const std::size_t best = likeliest(means_);
    if (!counts_[best] || means_[best] < settings_.threshold) return std::nullopt;
    const auto agreeing = std::ranges::count_if(
        looks_, [&](const std::vector<float>& look) { return likeliest(look) == best; });
    Label& label = labels_[best];
    if (static_cast<std::size_t>(agreeing) < settings_.agreeing || !label.armed ||
        ts < label.silent_until)
        return std::nullopt;
    label = {false, ts + settings_.refractory};
    return Word{best, means_[best]};
}

}  // namespace tarsier::nodes
