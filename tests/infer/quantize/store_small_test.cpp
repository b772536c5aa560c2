// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "draft.h"
#include "format/half.h"
#include "format/reader.h"
#include "format/widen.h"
#include "format/writer.h"
#include "small_nets.h"

namespace tarsier::infer {
namespace {

using testing::HasSubstr;

std::filesystem::path file(const std::string& name) {
    return std::filesystem::path(testing::TempDir()) / name;
}

std::shared_ptr<const NetModel> load(const std::filesystem::path& path) {
    auto model = Model::load(path);
    EXPECT_TRUE(model) << model.error().to_string();
    return std::dynamic_pointer_cast<const NetModel>(*model);
}

TEST(Half, RoundsToTheNearestAndToTheEvenOfTwo) {
    EXPECT_EQ(float_to_half(1), 0x3c00);
    EXPECT_EQ(float_to_half(-2), 0xc000);
    EXPECT_EQ(float_to_half(1 + 0x1p-11F), 0x3c00) << "half way, the lower one is even";
    EXPECT_EQ(float_to_half(1 + 0x3p-11F), 0x3c02) << "half way, the upper one is even";
    EXPECT_EQ(float_to_half(0x1p-24F), 0x0001);
    EXPECT_EQ(float_to_half(0x1p-26F), 0x0000);
    EXPECT_EQ(float_to_half(65504), 0x7bff);
    EXPECT_EQ(float_to_half(65520), 0x7c00);
}

TEST(Half, ComesBackAsItWas) {
    for (std::uint32_t half = 0; half < 0x10000; ++half) {
        const float value = half_to_float(static_cast<std::uint16_t>(half));
        if (std::isnan(value)) continue;
        ASSERT_EQ(float_to_half(value), half) << half;
    }
}

TEST(StoreSmall, KeepsWeightsAsHalves) {
    SmallNets nets;
    const auto model = nets.chain();
    const auto bytes = store_small(model, Storage::Float16, file("chain-fp16.tsr"));
    ASSERT_TRUE(bytes) << bytes.error().to_string();
    EXPECT_LT(*bytes, tsr_bytes(model->net()).size());
    const quantize::Draft before(model);
    const quantize::Draft after(load(file("chain-fp16.tsr")));
    ASSERT_EQ(after.weights.size(), before.weights.size());
    for (const auto& [step, w] : before.weights)
        for (std::size_t i = 0; i < w.values.size(); ++i)
            EXPECT_EQ(after.weights.at(step).values[i], half_to_float(float_to_half(w.values[i])));
}

TEST(StoreSmall, KeepsWeightsAsBytesWithAScaleForEachChannel) {
    SmallNets nets;
    const auto model = nets.chain();
    ASSERT_TRUE(store_small(model, Storage::Int8, file("chain-w8.tsr")));
    const quantize::Draft before(model);
    const quantize::Draft after(load(file("chain-w8.tsr")));
    for (const auto& [step, w] : before.weights) {
        for (int output = 0; output < w.outputs; ++output) {
            float largest = 0;
            for (const float weight : w.of(output)) largest = std::max(largest, std::abs(weight));
            const auto got = after.weights.at(step).of(output);
            for (std::size_t i = 0; i < got.size(); ++i)
                EXPECT_NEAR(got[i], w.of(output)[i], largest / 127 * 0.501F);
        }
    }
}

TEST(StoreSmall, RefusesAModelWithoutFloatWeights) {
    SmallNets nets;
    const auto model = nets.chain();
    ASSERT_TRUE(quantize_model(model, nets.samples(*model, 2), file("small-int8.tsr")));
    const auto bytes = store_small(load(file("small-int8.tsr")), Storage::Float16, file("x.tsr"));
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, Code::Unsupported);
}

/// The bytes of a network of one convolution whose weights are stored by `change`.
template <class Change>
Result<Net> read_changed(const Change& change) {
    SmallNets nets;
    NetBuilder b;
    const int input = b.tensor(2, 2, 4);
    b.input(input);
    b.output(nets.conv1x1(b, input, 8));
    quantize::ConstantStore store;
    Net net = b.net;
    const int weights = store.add(net, std::vector<std::int8_t>(64, 5), ElementType::I8);
    const int scales = store.add(net, std::vector<float>(16, 0.5F), ElementType::F32);
    net.constants[static_cast<std::size_t>(weights)].scales = scales;
    net.constants[static_cast<std::size_t>(weights)].block = 64;
    net.steps[0].constants[0] = weights;
    change(net, net.constants[static_cast<std::size_t>(weights)]);
    const std::vector<std::uint8_t> bytes = tsr_bytes(net);
    static std::vector<std::max_align_t> aligned;
    aligned.assign(bytes.size() / sizeof(std::max_align_t) + 8, {});
    void* at = aligned.data();
    std::size_t room = aligned.size() * sizeof(std::max_align_t);
    auto* copy = static_cast<std::uint8_t*>(std::align(64, bytes.size(), at, room));
    std::copy(bytes.begin(), bytes.end(), copy);
    return read_tsr({copy, bytes.size()}, "file");
}

TEST(Widen, MultipliesEachValueByItsScale) {
    const auto net = read_changed([](Net&, NetConstant&) {});
    ASSERT_TRUE(net) << net.error().to_string();
    const NetStep& step = net->steps[0];
    EXPECT_EQ(net->constants[static_cast<std::size_t>(step.constants[0])].floats()[63], 2.5F);
}

TEST(Widen, RefusesScalesThatDoNotFit) {
    const auto refused = [](const auto& change) {
        const auto net = read_changed(change);
        ASSERT_FALSE(net);
        EXPECT_THAT(net.error().message, HasSubstr("scales"));
    };
    refused([](Net&, NetConstant& c) { c.block = 0; });
    refused([](Net&, NetConstant& c) { c.block = 17; });
    refused([](Net&, NetConstant& c) { c.scales = 99; });
    refused([](Net& net, NetConstant& c) { c.scales = net.steps[0].constants[0]; });
}

TEST(Widen, RefusesMoreValuesThanAFileHasBytes) {
    quantize::ConstantStore store;
    Net net;
    store.add(net, std::vector<std::uint16_t>(64), ElementType::F16);
    net.constants.push_back(net.constants[0]);  // at the same place of the file
    EXPECT_FALSE(widen(net, 127));
    EXPECT_TRUE(widen(net, 128));
}

}  // namespace
}  // namespace tarsier::infer
