// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cases.h"

namespace tarsier::kernels {
namespace {

constexpr float kUntouched = -12345.5F;
constexpr std::size_t kGuard = 16;  ///< floats behind the destination

std::vector<float> result_of(const TensorCase& test, const Table& table) {
    std::vector<float> dst(test.floats + kGuard, kUntouched);
    test.run(table, dst.data());
    return dst;
}

TEST(TensorKernels, EveryLevelAgreesWithTheScalarOneAndWritesNothingElse) {
    const Table scalar = table_at(*levels().begin());
    for (const TensorCase& test : tensor_cases()) {
        SCOPED_TRACE(test.name);
        const std::vector<float> expected = result_of(test, scalar);
        ASSERT_TRUE(std::all_of(expected.end() - kGuard, expected.end(),
                                [](float x) { return x == kUntouched; }));
        ASSERT_TRUE(
            std::any_of(expected.begin(), expected.end(), [](float x) { return x != kUntouched; }));
        for (const Level& level : levels()) {
            if (!level.supported()) continue;
            const std::vector<float> got = result_of(test, table_at(level));
            for (std::size_t i = 0; i < got.size(); ++i)
                ASSERT_NEAR(got[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i])))
                    << level.name << " at " << i;
        }
    }
}

TEST(TensorKernels, SigmoidAndSoftmaxStayFiniteAtTheEndsOfTheFloatRange) {
    const std::vector<float> src = {-3e38F, -100, -88, 0, 88, 100, 3e38F, 1};
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        const Table table = table_at(level);
        std::vector<float> dst(src.size());
        EachF32 args{src.data(), 1, nullptr, 0, dst.data(), 1, 1, -INFINITY, INFINITY};
        table.sigmoid_f32(args, 0, static_cast<std::ptrdiff_t>(src.size()));
        EXPECT_NEAR(dst[0], 0, 1e-6) << level.name;
        EXPECT_NEAR(dst[3], 0.5, 1e-6) << level.name;
        EXPECT_NEAR(dst[6], 1, 1e-6) << level.name;
        args.a_stride = args.dst_stride = args.channels = static_cast<int>(src.size());
        table.softmax_f32(args, 0, 1);
        EXPECT_NEAR(dst[6], 1, 1e-6) << level.name;
        EXPECT_NEAR(dst[0], 0, 1e-6) << level.name;
    }
}

TEST(TensorKernels, CountWhatTheyMultiplyAndAddToMeasureThePeak) {
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        const Table table = table_at(level);
        EXPECT_EQ(table.multiply_add_f32(0), 0) << level.name;
        EXPECT_GE(table.multiply_add_f32(1), 4) << level.name;
        EXPECT_EQ(table.multiply_add_f32(1000), 1000 * table.multiply_add_f32(1)) << level.name;
    }
}

TEST(TensorKernels, AConvolutionAddsItsBiasOutsideThePicture) {
    // A 3x3 window of ones over a 1x1 picture of 5: padding counts as zero.
    const float src = 5;
    alignas(64) float weights[9 * kPanel] = {};
    for (int tap = 0; tap < 9; ++tap) weights[tap * kPanel] = 1;
    alignas(64) float bias[kPanel] = {2};
    for (const Level& level : levels()) {
        if (!level.supported()) continue;
        float dst = 0;
        const ConvF32 args{&src, 1, 1, 1, &dst, 1, 1, weights, bias, 1,  1,
                           3,    3, 1, 1, 1,    1, 1, 1,       -100, 100};
        table_at(level).conv_f32(args, 0, 1);
        EXPECT_EQ(dst, 7) << level.name;
        dst = 0;
        table_at(level).depthwise_f32(args, 0, 1);
        EXPECT_EQ(dst, 7) << level.name;
    }
}

}  // namespace
}  // namespace tarsier::kernels
