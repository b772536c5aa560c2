// SPDX-License-Identifier: Apache-2.0
#include "audio/keyword_decision.h"

#include <gtest/gtest.h>

namespace tarsier::nodes {
namespace {

/// Label 0 is silence, 1 and 2 are words; a look every 100 ms.
class Decision {
  public:
    explicit Decision(KeywordDecision::Settings settings = {})
        : decision_({false, true, true}, settings) {}

    /// So many looks that are this sure of `label`; how often a word counted.
    int hear(std::size_t label, float probability, int looks) {
        int words = 0;
        for (int i = 0; i < looks; ++i) {
            std::vector<float> values(3, (1 - probability) / 2);
            values[label] = probability;
            if (const auto word = decision_.look(values, now_ += 100 * kMillisecond)) {
                EXPECT_EQ(word->label, label);
                ++words;
            }
        }
        return words;
    }

  private:
    KeywordDecision decision_;
    Timestamp now_ = 0;
};

TEST(KeywordDecision, CountsAWordOnceHoweverLongItIsHeard) {
    Decision decision;
    EXPECT_EQ(decision.hear(0, 0.9F, 10), 0);
    EXPECT_EQ(decision.hear(1, 0.95F, 50), 1);
}

TEST(KeywordDecision, CountsItAgainAfterItHasGone) {
    Decision decision;
    EXPECT_EQ(decision.hear(1, 0.95F, 10), 1);
    EXPECT_EQ(decision.hear(0, 0.95F, 10), 0);
    EXPECT_EQ(decision.hear(1, 0.95F, 10), 1);
}

TEST(KeywordDecision, CountsAnotherWordRightAfter) {
    Decision decision;
    EXPECT_EQ(decision.hear(1, 0.95F, 6), 1);
    EXPECT_EQ(decision.hear(2, 0.95F, 6), 1);
}

TEST(KeywordDecision, DoesNotCountTheSameWordAgainTooSoon) {
    Decision decision({.refractory = 2 * kSecond});
    EXPECT_EQ(decision.hear(1, 0.95F, 5), 1);
    EXPECT_EQ(decision.hear(0, 0.95F, 5), 0);
    EXPECT_EQ(decision.hear(1, 0.95F, 5), 0) << "1 s later";
    EXPECT_EQ(decision.hear(0, 0.95F, 10), 0);
    EXPECT_EQ(decision.hear(1, 0.95F, 5), 1) << "2.5 s later";
}

TEST(KeywordDecision, NeedsMoreThanOneLook) {
    Decision decision;
    decision.hear(0, 0.9F, 10);
    EXPECT_EQ(decision.hear(1, 1, 1), 0);
    EXPECT_EQ(decision.hear(0, 0.9F, 10), 0);
    Decision nervous({.looks = 1, .agreeing = 1});
    EXPECT_EQ(nervous.hear(1, 0.9F, 1), 1);
}

TEST(KeywordDecision, NeverCountsSilenceOrAnUnsureWord) {
    Decision decision;
    EXPECT_EQ(decision.hear(0, 1, 20), 0);
    EXPECT_EQ(decision.hear(1, 0.75F, 20), 0);
}

}  // namespace
}  // namespace tarsier::nodes
