// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

#include <gtest/gtest.h>

#include <random>

namespace tarsier::infer::quantize {
namespace {

/// Values around zero, and one far away.
std::vector<float> with_outlier(float outlier) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> values(100'000);
    for (float& value : values) value = normal(random);
    values.push_back(outlier);
    return values;
}

Range choose(const std::vector<float>& values, RangeMethod method) {
    Range all;
    all.include(values);
    Histogram histogram(all);
    histogram.add(values);
    return histogram.choose(method);
}

/// The mean square error of quantizing to 256 levels of a range.
double error(const std::vector<float>& values, const Range& range) {
    const double step = (range.high - range.low) / 255.0;
    double sum = 0;
    for (const float value : values) {
        const double level = std::clamp(std::round((value - range.low) / step), 0.0, 255.0);
        const double difference = range.low + level * step - value;
        sum += difference * difference;
    }
    return sum / static_cast<double>(values.size());
}

TEST(Histogram, CoversEverythingByMinimumAndMaximum) {
    const Range range = choose({-1, 2, 0.5F}, RangeMethod::MinMax);
    EXPECT_EQ(range.low, -1);
    EXPECT_EQ(range.high, 2);
}

TEST(Histogram, AlwaysCoversZero) {
    const Range range = choose({3, 4, 5}, RangeMethod::MinMax);
    EXPECT_EQ(range.low, 0);
    EXPECT_EQ(range.high, 5);
}

TEST(Histogram, LeavesOutliersOutByPercentile) {
    const Range range = choose(with_outlier(40), RangeMethod::Percentile);
    EXPECT_LT(range.high, 6);
    EXPECT_GT(range.high, 3);
}

TEST(Histogram, FindsARangeOfLessErrorThanTheOthers) {
    for (const float outlier : {5.0F, 40.0F}) {
        const std::vector<float> values = with_outlier(outlier);
        const double least = error(values, choose(values, RangeMethod::MeanSquareError));
        EXPECT_LE(least, 1.01 * error(values, choose(values, RangeMethod::MinMax)));
        EXPECT_LE(least, 1.01 * error(values, choose(values, RangeMethod::Percentile)));
    }
}

TEST(Histogram, TakesATensorOfZeros) {
    for (const RangeMethod method :
         {RangeMethod::MinMax, RangeMethod::Percentile, RangeMethod::MeanSquareError}) {
        const Range range = choose({0, 0, 0}, method);
        EXPECT_EQ(range.low, 0);
        EXPECT_EQ(range.high, 0);
    }
}

}  // namespace
}  // namespace tarsier::infer::quantize
