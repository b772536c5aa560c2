// SPDX-License-Identifier: Apache-2.0
#include "run/team.h"

#include <gtest/gtest.h>

#include <vector>

namespace tarsier::infer {
namespace {

/// Counts how often each row is computed.
Call counting(std::vector<int>& counts) {
    const auto run = [](const void* args, int begin, int end) {
        auto& counts = *static_cast<std::vector<int>*>(const_cast<void*>(args));
        for (int row = begin; row < end; ++row) ++counts[static_cast<std::size_t>(row)];
    };
    return {run, &counts, static_cast<int>(counts.size()), 0, 0};
}

TEST(Team, ComputesEveryRowOnceWhateverTheNumberOfRowsAndMembers) {
    for (const int helpers : {1, 2, 5}) {
        Team team(helpers);
        for (int round = 0; round < 20; ++round) {
            team.begin();
            for (std::size_t rows = 1; rows < 40; ++rows) {
                std::vector<int> counts(rows);
                team.run(counting(counts), 0, static_cast<int>(rows));
                EXPECT_EQ(counts, std::vector<int>(rows, 1)) << helpers << " helpers";
            }
            team.end();
        }
    }
}

TEST(Team, SeesInACallWhatTheCallBeforeItWrote) {
    constexpr int kRows = 64;
    Team team(3);
    std::vector<int> values(kRows);
    struct Args {
        std::vector<int>* values;
    } args{&values};
    // Every row adds its mirror image's value of the call before: all rows of that must be done.
    const auto run = [](const void* args, int begin, int end) {
        std::vector<int>& values = *static_cast<const Args*>(args)->values;
        for (int row = begin; row < end; ++row)
            if (row < kRows / 2)
                values[static_cast<std::size_t>(row)] +=
                    1 + values[static_cast<std::size_t>(kRows - 1 - row)];
    };
    const auto back = [](const void* args, int begin, int end) {
        std::vector<int>& values = *static_cast<const Args*>(args)->values;
        for (int row = begin; row < end; ++row)
            if (row >= kRows / 2)
                values[static_cast<std::size_t>(row)] =
                    values[static_cast<std::size_t>(kRows - 1 - row)];
    };
    int expected = 0;
    team.begin();
    for (int i = 0; i < 20; ++i) {
        team.run({run, &args, kRows, 0, 0}, 0, kRows);
        team.run({back, &args, kRows, 0, 0}, 0, kRows);
        expected += 1 + expected;
        EXPECT_EQ(values, std::vector<int>(kRows, expected));
    }
    team.end();
}

TEST(Team, GoesHomeWithoutEverBeingAsked) { Team team(4); }

}  // namespace
}  // namespace tarsier::infer
