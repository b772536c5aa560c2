// SPDX-License-Identifier: Apache-2.0
#include "run/trial.h"

#include <gtest/gtest.h>

namespace tarsier::infer {
namespace {

/// Runs `count` times and says how often they were shared.
int shared_runs(Trial& trial, int count, double alone, double shared) {
    int runs = 0;
    for (int i = 0; i < count; ++i) {
        const bool share = trial.share();
        runs += share;
        trial.note(share ? shared : alone);
    }
    return runs;
}

TEST(Trial, SharesWhatGainsAndNothingElse) {
    Trial good;
    EXPECT_GT(shared_runs(good, 1000, 10, 6), 980);
    Trial bad;
    EXPECT_LT(shared_runs(bad, 1000, 10, 11), 50);
    Trial equal;
    EXPECT_LT(shared_runs(equal, 1000, 10, 9.8), 50);
}

TEST(Trial, StopsSharingSoonAfterItNoLongerGains) {
    Trial trial;
    shared_runs(trial, 100, 10, 6);
    EXPECT_LT(shared_runs(trial, 1000, 10, 15), 100);
}

TEST(Trial, SharesAgainSoonAfterItGainsAgain) {
    Trial trial;
    shared_runs(trial, 100, 10, 15);
    EXPECT_GT(shared_runs(trial, 1000, 10, 6), 800);
}

TEST(Trial, ForgivesSlowRunsAmongFastOnes) {
    Trial trial;
    shared_runs(trial, 100, 10, 6);
    int runs = 0;
    for (int i = 0; i < 200; ++i) {
        runs += trial.share();
        trial.note(i % 4 == 0 ? 6 : 20);
    }
    EXPECT_EQ(runs, 200);
    EXPECT_GT(shared_runs(trial, 5000, 10, 6), 4950) << "now and then one alone is the measure";
}

}  // namespace
}  // namespace tarsier::infer
