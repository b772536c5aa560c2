// SPDX-License-Identifier: Apache-2.0
#include "correct_bias.h"

#include <gtest/gtest.h>

#include "integer_net.h"
#include "observer.h"
#include "small_nets.h"

namespace tarsier::infer::quantize {
namespace {

/// Mean over samples and pixels of the difference of each output channel to the float network's,
/// as the root of the mean of its squares.
double mean_error(const std::shared_ptr<const NetModel>& reference, const IntegerNet& net,
                  const std::vector<Sample>& samples) {
    auto expected = Observer::create(reference);
    auto actual = Observer::create(net.model);
    EXPECT_TRUE(expected);
    EXPECT_TRUE(actual);
    const int output = reference->net().outputs[0].tensor;
    const auto channels = static_cast<std::size_t>(
        reference->net().tensors[static_cast<std::size_t>(output)].channels);
    std::vector<double> sums(channels);
    for (const Sample& sample : samples) {
        EXPECT_TRUE(expected->run(sample));
        EXPECT_TRUE(actual->run(sample));
        const auto a = expected->values(output);
        const auto b = actual->values(net.twins[static_cast<std::size_t>(output)]);
        for (std::size_t i = 0; i < a.size(); ++i)
            sums[i % channels] += (b[i] - a[i]) * channels / static_cast<double>(a.size());
    }
    double squares = 0;
    for (const double sum : sums) squares += sum * sum;
    return std::sqrt(squares / static_cast<double>(channels)) / static_cast<double>(samples.size());
}

/// One wide layer whose inputs are all positive: its rounded weights move the mean.
std::shared_ptr<const NetModel> wide_layer(SmallNets& nets) {
    NetBuilder b;
    const int input = b.tensor(6, 6, 256);
    b.input(input);
    b.output(nets.conv1x1(b, input, 16));
    return std::make_shared<const NetModel>(b.net, std::make_shared<NetBuilder>(b));
}

TEST(CorrectBias, LowersTheMeanError) {
    SmallNets nets;
    const auto model = wide_layer(nets);
    const auto samples = nets.samples(*model, 8, 1, 2);
    auto calibration = Calibration::measure(model, samples);
    ASSERT_TRUE(calibration);
    Draft draft(model);
    const std::vector<Levels> levels = choose_levels(draft, *calibration, RangeMethod::MinMax);
    const double before = mean_error(model, make_integer(draft, levels, {}, "a"), samples);
    EXPECT_EQ(correct_bias(draft, levels, *calibration, {}), 1);
    const double after = mean_error(model, make_integer(draft, levels, {}, "a"), samples);
    EXPECT_LT(after, before / 2);
}

TEST(CorrectBias, LeavesStepsThatStayFloatAlone) {
    SmallNets nets;
    const auto model = wide_layer(nets);
    auto calibration = Calibration::measure(model, nets.samples(*model, 2));
    ASSERT_TRUE(calibration);
    Draft draft(model);
    const std::vector<float> bias = draft.weights.at(0).bias;
    const std::vector<Levels> levels = choose_levels(draft, *calibration, RangeMethod::MinMax);
    EXPECT_EQ(correct_bias(draft, levels, *calibration, {0}), 0);
    EXPECT_EQ(draft.weights.at(0).bias, bias);
}

}  // namespace
}  // namespace tarsier::infer::quantize
