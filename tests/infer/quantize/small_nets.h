// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/infer/quantize.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "infer/net_builder.h"

namespace tarsier::infer {

/// Small networks with random weights for the quantizer, and samples for them.
class SmallNets {
  public:
    std::vector<float> random(std::int64_t count, float low, float high) {
        std::uniform_real_distribution<float> values(low, high);
        std::vector<float> out(static_cast<std::size_t>(count));
        for (float& value : out) value = values(random_);
        return out;
    }

    int bias(NetBuilder& b, int channels) {
        std::vector<float> values = random(channels, -0.5F, 0.5F);
        values.resize(static_cast<std::size_t>(padded_channels(channels)));
        return b.constant(values);
    }
    int conv1x1(NetBuilder& b, int input, int channels, std::map<std::string, double> clamp = {}) {
        const NetTensor in = b.net.tensors[static_cast<std::size_t>(input)];
        const int output = b.tensor(in.height, in.width, channels);
        const float reach = 1.5F / std::sqrt(static_cast<float>(in.channels));
        b.step("conv1x1", {input}, output,
               {b.constant(random(padded_channels(channels) * in.channels, -reach, reach)),
                bias(b, channels)},
               std::move(clamp));
        return output;
    }
    /// 3x3, stride 1, padding 1; channels multiplied by 1/spread..spread where spread > 1.
    int depthwise(NetBuilder& b, int input, std::map<std::string, double> clamp = {},
                  float spread = 1) {
        const NetTensor in = b.net.tensors[static_cast<std::size_t>(input)];
        const int output = b.tensor(in.height, in.width, in.channels);
        const auto padded = static_cast<std::size_t>(padded_channels(in.channels));
        std::vector<float> weights = random(9 * padded_channels(in.channels), -0.5F, 0.5F);
        for (std::size_t i = 0; i < weights.size(); ++i)
            weights[i] *= i % padded % 2 == 0 ? spread : 1 / spread;
        for (const char* key : {"pad_top", "pad_left", "pad_bottom", "pad_right"}) clamp[key] = 1;
        clamp["kernel_h"] = clamp["kernel_w"] = 3;
        b.step("depthwise", {input}, output, {b.constant(weights), bias(b, in.channels)}, clamp);
        return output;
    }
    int conv3x3(NetBuilder& b, int input, int channels, std::map<std::string, double> clamp = {}) {
        const NetTensor in = b.net.tensors[static_cast<std::size_t>(input)];
        const int output = b.tensor(in.height / 2, in.width / 2, channels);
        for (const char* key : {"pad_bottom", "pad_right"}) clamp[key] = 1;
        clamp["kernel_h"] = clamp["kernel_w"] = 3;
        clamp["stride_h"] = clamp["stride_w"] = 2;
        b.step("conv", {input}, output,
               {b.constant(random(9 * in.channels * padded_channels(channels), -0.3F, 0.3F)),
                bias(b, channels)},
               clamp);
        return output;
    }

    int prelu(NetBuilder& b, int input, const std::vector<float>& slopes) {
        const NetTensor in = b.net.tensors[static_cast<std::size_t>(input)];
        const int output = b.tensor(in.height, in.width, in.channels);
        b.step("prelu", {input}, output, {b.constant(slopes)});
        return output;
    }

    /// A classifier with everything that the five networks are made of.
    std::shared_ptr<const NetModel> classifier() {
        NetBuilder b;
        b.net.name = "classifier";
        const int image = b.tensor(16, 16, 3);
        b.input(image);
        const int first = conv3x3(b, image, 8, relu6());
        const int wide = conv1x1(b, first, 24, relu());
        const int filtered = depthwise(b, wide, relu());
        const int narrow = conv1x1(b, filtered, 8);
        const int sum = b.tensor(8, 8, 8);
        b.step("add", {first, narrow}, sum);
        const int both = b.tensor(8, 8, 16);
        const int left = b.tensor(8, 8, 8, both, 0);
        const int right = b.tensor(8, 8, 8, both, 8);
        b.step("clamp", {sum}, left, {}, relu());
        b.step("sigmoid", {sum}, right);
        const int pooled = b.tensor(1, 1, 16);
        b.step("average_pool", {both}, pooled, {}, {{"kernel_h", 8}, {"kernel_w", 8}});
        const int logits = conv1x1(b, pooled, 5);
        const int probabilities = b.tensor(1, 1, 5);
        b.step("softmax", {logits}, probabilities);
        b.output(probabilities);
        return std::make_shared<const NetModel>(b.net, std::make_shared<NetBuilder>(b));
    }

    /// Pairs of convolutions with ReLU, none and ReLU6 between, of uneven channels.
    std::shared_ptr<const NetModel> chain() {
        NetBuilder b;
        b.net.name = "chain";
        const int input = b.tensor(8, 8, 4);
        b.input(input);
        const int wide = conv1x1(b, input, 20, relu());
        const int filtered = depthwise(b, wide, relu(), 12);
        const int linear = conv1x1(b, filtered, 12);
        const int bounded = conv1x1(b, linear, 12, relu6());
        b.output(conv1x1(b, bounded, 3));
        return std::make_shared<const NetModel>(b.net, std::make_shared<NetBuilder>(b));
    }

    /// Convolutions with PReLU between, of a slope for each channel, and of one for all.
    std::shared_ptr<const NetModel> rectified() {
        NetBuilder b;
        b.net.name = "rectified";
        const int input = b.tensor(8, 8, 4);
        b.input(input);
        const int bent = prelu(b, conv1x1(b, input, 20), random(32, -0.2F, 0.6F));
        b.output(prelu(b, conv1x1(b, bent, 7), std::vector<float>(16, 0.25F)));
        return std::make_shared<const NetModel>(b.net, std::make_shared<NetBuilder>(b));
    }

    std::vector<Sample> samples(const NetModel& model, int count, float low = 0, float high = 1) {
        std::vector<Sample> out;
        for (int i = 0; i < count; ++i)
            out.push_back({random(model.inputs()[0].shape.elements(), low, high)});
        return out;
    }

    static std::map<std::string, double> relu() { return {{"min", 0}}; }
    static std::map<std::string, double> relu6() { return {{"min", 0}, {"max", 6}}; }

  private:
    std::mt19937 random_{1};
};

}  // namespace tarsier::infer
