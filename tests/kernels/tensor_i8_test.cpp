// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cases_i8.h"

namespace tarsier::kernels {
namespace {

constexpr std::uint8_t kUntouched = 0xa5;
constexpr std::size_t kGuard = 128;  ///< bytes behind the destination
constexpr double kMostWork = 3e6;    ///< larger ones are there to be measured

std::vector<std::uint8_t> result_of(const LevelCase& test, const Table& table,
                                    std::uint8_t untouched) {
    std::vector<std::uint8_t> dst(test.bytes + kGuard, untouched);
    test.run(table, dst.data());
    return dst;
}

TEST(LevelKernels, EveryLevelGivesTheBytesOfTheScalarOneAndWritesNothingElse) {
    const Table scalar = table_at(*levels().begin());
    for (const LevelCase& test : level_cases()) {
        if (test.macs > kMostWork) continue;
        SCOPED_TRACE(test.name);
        // With two fillings every byte shows whether it was written.
        for (const std::uint8_t untouched : {kUntouched, std::uint8_t{0x5a}}) {
            const std::vector<std::uint8_t> expected = result_of(test, scalar, untouched);
            ASSERT_TRUE(std::all_of(expected.end() - kGuard, expected.end(),
                                    [&](std::uint8_t x) { return x == untouched; }));
            for (const Level& level : levels()) {
                if (!level.supported()) continue;
                const std::vector<std::uint8_t> got = result_of(test, table_at(level), untouched);
                const auto at = std::mismatch(got.begin(), got.end(), expected.begin());
                ASSERT_TRUE(at.first == got.end())
                    << level.name << " at " << at.first - got.begin() << ": " << int{*at.first}
                    << ", not " << int{*at.second};
            }
        }
    }
}

/// What docs/quantization.md promises of a level: the exactly rounded one, except near a boundary.
TEST(LevelKernels, RequantizationIsTheRoundedProductExceptNearABoundary) {
    std::mt19937 engine(1);
    const Table scalar = table_at(*levels().begin());
    int differing = 0;
    constexpr int kTries = 100000;
    for (int i = 0; i < kTries; ++i) {
        const int shift = static_cast<int>(engine() % 12);
        const int multiplier = (1 << 14) + static_cast<int>(engine() % (1 << 14));
        const int fraction = static_cast<int>(engine() % 7);
        const int zero_point = static_cast<int>(engine() % 256);
        const int sum = static_cast<int>(engine() % (1U << (16 + shift))) - (1 << (15 + shift));
        alignas(64) std::int32_t bias[kPanel] = {sum + ((1 << shift) >> 1)};
        alignas(64) std::int32_t multipliers[kPanel] = {shift << 16 | multiplier};
        alignas(64) const std::int8_t weights[kPanel * kGroup] = {};
        const std::uint8_t src[kSlackI8 + 1] = {};
        std::uint8_t dst = 0;
        scalar.conv1x1_i8(
            {src, 1, &dst, 1, weights, 1, 1, {bias, multipliers, fraction, zero_point, 0, 255}}, 0,
            1);
        const double factor = std::ldexp(multiplier, -15 - shift - fraction);
        const double exact = std::clamp(zero_point + sum * factor, 0.0, 255.0);
        ASSERT_LE(std::abs(dst - exact), 0.5 + std::ldexp(1.0, -fraction))
            << sum << " * " << factor;
        differing += dst != std::floor(exact + 0.5) && fraction == 6;
    }
    EXPECT_LE(differing, kTries / 7 / 50);  // of those with six bits, one in fifty at most
}

TEST(LevelKernels, ADenseConvolutionIsTheSumOfItsProducts) {
    // A 3x3 window of ones over one pixel of 5 with the zero point 2: outside the picture lies 2.
    const std::uint8_t src[1 + kSlackI8] = {5};
    alignas(64) std::int8_t weights[9 * kPanel * kGroup] = {};
    for (int tap = 0; tap < 9; ++tap) weights[tap * kPanel * kGroup] = 1;
    alignas(64) std::int8_t depthwise[9 * kPanel] = {};
    for (int tap = 0; tap < 9; ++tap) depthwise[tap * kPanel] = 1;
    // Times 1/2: 2^14 / 2^15.
    alignas(64) const std::int32_t bias[kPanel] = {1};
    alignas(64) const std::int32_t multipliers[kPanel] = {1 << 14};
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        std::uint8_t dst = 0;
        ConvI8 args{src, 1, 1, 1, 2, &dst, 1, 1, weights, 1,
                    1,   3, 3, 1, 1, 1,    1, 1, 1,       {bias, multipliers, 0, 10, 0, 255}};
        table_at(level).conv_i8(args, 0, 1);
        EXPECT_EQ(dst, 10 + (1 + 5 + 8 * 2 + 1) / 2) << level.name;
        dst = 0;
        args.weights = depthwise;
        table_at(level).depthwise_i8(args, 0, 1);
        EXPECT_EQ(dst, 10 + (1 + 5 + 8 * 2 + 1) / 2) << level.name;
    }
}

}  // namespace
}  // namespace tarsier::kernels
