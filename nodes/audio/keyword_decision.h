// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/clock.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace tarsier::nodes {

/// When a word counts as said. A network looks at overlapping stretches of sound and hears a word
/// in several of them, now and then a wrong one in a single one: the mean of the last looks must
/// pass a threshold, several looks must agree, and the same word counts again only after a while
/// and after its mean has fallen. Thread-bound.
class KeywordDecision {
  public:
    struct Settings {
        std::size_t looks = 4;           ///< that the mean is taken over, >= 1
        std::size_t agreeing = 2;        ///< of them in which the word was the likeliest
        float threshold = 0.8F;          ///< of the mean, 0..1
        float rearm = 0.4F;              ///< the mean falls below this before the word counts again
        Timestamp refractory = kSecond;  ///< ns after a word in which it does not count again
    };
    struct Word {
        std::size_t label = 0;
        float score = 0;  ///< the mean
    };

    /// `counts[i]`: whether label i is a word, not silence or something else.
    KeywordDecision(std::vector<bool> counts, const Settings& settings);

    /// Takes what the network says at `ts` ns, a probability for each label; the word that counts
    /// as said now.
    std::optional<Word> look(std::span<const float> probabilities, Timestamp ts);
    /// The means after the last look, one for each label.
    std::span<const float> means() const { return means_; }
    void reset();

  private:
    struct Label {
        bool armed = true;
        Timestamp silent_until = 0;
    };

    std::vector<bool> counts_;
    Settings settings_;
    std::deque<std::vector<float>> looks_;
    std::vector<float> means_;
    std::vector<Label> labels_;
};

}  // namespace tarsier::nodes
