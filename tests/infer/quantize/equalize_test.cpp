// SPDX-License-Identifier: Apache-2.0
#include "equalize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "observer.h"
#include "small_nets.h"

namespace tarsier::infer::quantize {
namespace {

std::vector<float> output_of(const std::shared_ptr<const NetModel>& model, const Sample& sample) {
    auto session = Session::create(model);
    EXPECT_TRUE(session);
    EXPECT_TRUE((*session)->set_input(0, sample[0]));
    EXPECT_TRUE((*session)->run());
    const View out = (*session)->output(0);
    return {out.data, out.data + out.shape.elements()};
}

/// The largest magnitude of each output channel's weights, largest to smallest.
float spread(const Weights& w) {
    std::vector<float> largest;
    for (int output = 0; output < w.outputs; ++output) {
        float most = 0;
        for (const float weight : w.of(output)) most = std::max(most, std::abs(weight));
        largest.push_back(most);
    }
    const auto [low, high] = std::minmax_element(largest.begin(), largest.end());
    return *high / *low;
}

TEST(Draft, PacksWhatItUnpacked) {
    SmallNets nets;
    const auto model = nets.classifier();
    const Sample sample = nets.samples(*model, 1)[0];
    EXPECT_EQ(output_of(Draft(model).packed(), sample), output_of(model, sample));
}

TEST(Equalize, LeavesTheFunctionAsItIs) {
    SmallNets nets;
    const auto model = nets.chain();
    Draft draft(model);
    EXPECT_EQ(equalize(draft), 3) << "the pair with ReLU6 between is left alone";
    for (const Sample& sample : nets.samples(*model, 3, -1, 1)) {
        const std::vector<float> before = output_of(model, sample);
        const std::vector<float> after = output_of(draft.packed(), sample);
        for (std::size_t i = 0; i < before.size(); ++i)
            EXPECT_NEAR(after[i], before[i], 2e-5F * (1 + std::abs(before[i])));
    }
}

TEST(Equalize, BringsTheChannelsOfALayerTogether) {
    SmallNets nets;
    Draft draft(nets.chain());
    const float before = spread(draft.weights.at(1));
    equalize(draft);
    EXPECT_GT(before, 50);
    EXPECT_LT(spread(draft.weights.at(1)), before / 5);
}

TEST(Equalize, TakesNoPairWhoseTensorOthersSee) {
    SmallNets nets;
    NetBuilder b;
    const int input = b.tensor(4, 4, 4);
    b.input(input);
    const int shown = nets.conv1x1(b, input, 8, SmallNets::relu());
    const int added = nets.conv1x1(b, shown, 8);
    const int sum = b.tensor(4, 4, 8);
    b.step("add", {shown, added}, sum);
    b.output(sum);
    Draft draft(std::make_shared<const NetModel>(b.net, nullptr));
    EXPECT_EQ(equalize(draft), 0);
}

}  // namespace
}  // namespace tarsier::infer::quantize
