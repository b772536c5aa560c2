// SPDX-License-Identifier: Apache-2.0
// What each operator computes, worked out by hand, on every level: one case per operator and kind.
#include <gtest/gtest.h>

#include <memory>

#include "format/reader.h"
#include "format/writer.h"
#include "levels.h"
#include "net_builder.h"
#include "session.h"

namespace tarsier::infer {
namespace {

using Attributes = std::map<std::string, double>;

struct Shape3 {
    int height, width, channels;
};

/// One step from inputs to an output; values in NHWC order.
struct OpCase {
    std::string name;
    std::string op;
    Shape3 in;
    std::vector<std::vector<float>> inputs;
    Shape3 out;
    std::vector<float> expected;
    std::vector<std::vector<float>> constants = {};
    Attributes attributes = {};
};

/// Weights of a panel for one output channel: value i for tap i.
std::vector<float> panel(std::vector<float> taps) {
    std::vector<float> out(taps.size() * kernels::kPanel);
    for (std::size_t i = 0; i < taps.size(); ++i) out[i * kernels::kPanel] = taps[i];
    return out;
}

std::vector<OpCase> op_cases() {
    const std::vector<float> grid = {1, 2, 3, 4, 5, 6, 7, 8, 9};  // 3x3
    const Attributes same = {{"kernel_h", 3}, {"kernel_w", 3},   {"pad_top", 1},
                             {"pad_left", 1}, {"pad_bottom", 1}, {"pad_right", 1}};
    Attributes uneven = {{"kernel_h", 3}, {"kernel_w", 3},   {"stride_h", 2},
                         {"stride_w", 2}, {"pad_bottom", 1}, {"pad_right", 1}};
    const std::vector<float> ones(9, 1.0F);
    return {
        {"add", "add", {1, 2, 1}, {{1, 2}, {10, 20}}, {1, 2, 1}, {11, 22}},
        {"add, clamped",
         "add",
         {1, 2, 1},
         {{1, 2}, {10, 20}},
         {1, 2, 1},
         {12, 15},
         {},
         {{"min", 12}, {"max", 15}}},
        {"clamp",
         "clamp",
         {1, 3, 1},
         {{-1, 3, 9}},
         {1, 3, 1},
         {0, 3, 6},
         {},
         {{"min", 0}, {"max", 6}}},
        {"average_pool, padding not counted",
         "average_pool",
         {1, 3, 1},
         {{2, 4, 9}},
         {1, 2, 1},
         {3, 6.5},
         {},
         {{"kernel_h", 1}, {"kernel_w", 3}, {"stride_w", 2}, {"pad_left", 1}, {"pad_right", 1}}},
        {"average_pool, padding counted",
         "average_pool",
         {1, 3, 1},
         {{3, 6, 9}},
         {1, 2, 1},
         {3, 5},
         {},
         {{"kernel_w", 3},
          {"stride_w", 2},
          {"pad_left", 1},
          {"pad_right", 1},
          {"count_padding", 1}}},
        {"max_pool",
         "max_pool",
         {3, 3, 1},
         {grid},
         {2, 2, 1},
         {5, 6, 8, 9},
         {},
         {{"kernel_h", 2}, {"kernel_w", 2}}},
        {"mul", "mul", {1, 2, 1}, {{2, 3}, {10, 20}}, {1, 2, 1}, {20, 60}},
        {"hard_swish", "hard_swish", {1, 3, 1}, {{-4, 1.5, 6}}, {1, 3, 1}, {0, 1.125, 6}},
        {"prelu",
         "prelu",
         {1, 2, 2},
         {{-1, -2, 3, -4}},
         {1, 2, 2},
         {-0.5, -0.5, 3, -1},
         {{0.5, 0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}},
        {"pad, constant",
         "pad",
         {1, 2, 1},
         {{1, 2}},
         {2, 4, 1},
         {7, 1, 2, 7, 7, 7, 7, 7},
         {},
         {{"pad_bottom", 1}, {"pad_left", 1}, {"pad_right", 1}, {"value", 7}}},
        {"pad, mirrored",
         "pad",
         {1, 3, 1},
         {{1, 2, 3}},
         {1, 7, 1},
         {3, 2, 1, 2, 3, 2, 1},
         {},
         {{"pad_left", 2}, {"pad_right", 2}, {"mode", 1}}},
        {"pad, border",
         "pad",
         {1, 2, 1},
         {{1, 2}},
         {1, 5, 1},
         {1, 1, 2, 2, 2},
         {},
         {{"pad_left", 1}, {"pad_right", 2}, {"mode", 2}}},
        {"join, rows", "join", {1, 2, 1}, {{1, 2}, {3, 4}}, {2, 2, 1}, {1, 2, 3, 4}},
        {"join, columns",
         "join",
         {2, 1, 1},
         {{1, 2}, {3, 4}},
         {2, 2, 1},
         {1, 3, 2, 4},
         {},
         {{"axis", 1}}},
        {"permute, channels first",
         "permute",
         {1, 3, 2},
         {{1, 2, 3, 4, 5, 6}},
         {1, 2, 3},
         {1, 3, 5, 2, 4, 6},
         {},
         {{"count0", 2}, {"channels0", 1}, {"count1", 3}, {"pixels1", 1}}},
        {"permute, every other channel of every pixel backwards",
         "permute",
         {1, 2, 4},
         {{1, 2, 3, 4, 5, 6, 7, 8}},
         {1, 2, 2},
         {6, 8, 2, 4},
         {},
         {{"pixel", 1},
          {"channel", 1},
          {"count0", 2},
          {"pixels0", -1},
          {"count1", 2},
          {"channels1", 2}}},
        {"permute, shuffled channels",
         "permute",
         {1, 1, 6},
         {{1, 2, 3, 4, 5, 6}},
         {1, 1, 6},
         {1, 4, 2, 5, 3, 6},
         {},
         {{"count0", 3}, {"channels0", 1}, {"count1", 2}, {"channels1", 3}}},
        {"clamp as a copy", "clamp", {1, 3, 1}, {{-1, 3, 9}}, {1, 3, 1}, {-1, 3, 9}},
        {"conv1x1",
         "conv1x1",
         {1, 2, 2},
         {{1, 2, 3, 4}},
         {1, 2, 1},
         {21.5, 43.5},
         {panel({1, 10}), panel({0.5})}},
        {"conv1x1 of two inputs",
         "conv1x1",
         {1, 2, 2},
         {{1, 2, 3, 4}, {5, 6, 7, 8}},
         {1, 2, 1},
         {6521.5, 8743.5},
         {panel({1, 10, 100, 1000}), panel({0.5})}},
        {"conv, padded",
         "conv",
         {3, 3, 1},
         {grid},
         {3, 3, 1},
         {12, 21, 16, 27, 45, 33, 24, 39, 28},
         {panel(ones), panel({0})},
         same},
        {"conv, stride 2, padded at the end",
         "conv",
         {4, 4, 1},
         {std::vector<float>(16, 1.0F)},
         {2, 2, 1},
         {9, 6, 6, 4},
         {panel(ones), panel({0})},
         uneven},
        {"depthwise",
         "depthwise",
         {3, 3, 1},
         {grid},
         {3, 3, 1},
         {12, 21, 16, 27, 45, 33, 24, 39, 28},
         {panel(ones), panel({0})},
         same},
        {"depthwise, dilated",
         "depthwise",
         {3, 3, 1},
         {grid},
         {1, 1, 1},
         {1 + 3 + 7 + 9},
         {panel(std::vector<float>(4, 1.0F)), panel({0})},
         {{"kernel_h", 2}, {"kernel_w", 2}, {"dilation_h", 2}, {"dilation_w", 2}}},
        {"resize, linear", "resize", {1, 2, 1}, {{0, 4}}, {1, 4, 1}, {0, 2, 4, 4}},
        {"resize, half pixel",
         "resize",
         {1, 2, 1},
         {{0, 4}},
         {1, 4, 1},
         {0, 1, 3, 4},
         {},
         {{"coordinates", 1}}},
        {"resize, corners aligned",
         "resize",
         {1, 2, 1},
         {{0, 3}},
         {1, 4, 1},
         {0, 1, 2, 3},
         {},
         {{"coordinates", 2}}},
        {"resize, nearest",
         "resize",
         {1, 2, 1},
         {{0, 4}},
         {1, 4, 1},
         {0, 0, 4, 4},
         {},
         {{"nearest", 1}}},
        {"sigmoid",
         "sigmoid",
         {1, 3, 1},
         {{-1, 0, 2}},
         {1, 3, 1},
         {0.26894142F, 0.5F, 0.88079708F}},
        {"softmax",
         "softmax",
         {1, 1, 3},
         {{1, 2, 3}},
         {1, 1, 3},
         {0.09003057F, 0.24472847F, 0.66524096F}},
        {"binary_softmax",
         "binary_softmax",
         {1, 2, 1},
         {{0, 2}},
         {1, 2, 2},
         {0.5F, 0.5F, 0.11920292F, 0.88079708F}},
    };
}

Net build(const OpCase& test, NetBuilder& builder) {
    std::vector<int> inputs;
    for (std::size_t i = 0; i < test.inputs.size(); ++i) {
        inputs.push_back(builder.tensor(test.in.height, test.in.width, test.in.channels));
        builder.input(inputs.back(), "in" + std::to_string(i));
    }
    std::vector<int> constants;
    for (const auto& values : test.constants) constants.push_back(builder.constant(values));
    const int out = builder.tensor(test.out.height, test.out.width, test.out.channels);
    builder.step(test.op, inputs, out, constants, test.attributes);
    builder.output(out);
    return builder.net;
}

TEST(Operators, ComputeWhatIsWorkedOutByHandOnEveryLevel) {
    for (const OpCase& test : op_cases()) {
        SCOPED_TRACE(test.name);
        NetBuilder builder;
        // Through the bytes of a file, so that the format is proven with it.
        auto file = std::make_shared<std::vector<std::uint8_t>>(tsr_bytes(build(test, builder)));
        auto aligned = Pool::allocate(file->size());
        std::copy(file->begin(), file->end(), aligned.get());
        auto net = read_tsr({aligned.get(), file->size()}, test.name);
        ASSERT_TRUE(net) << net.error().to_string();
        const auto model = std::make_shared<const NetModel>(std::move(*net), aligned);
        for (const kernels::Level* level : runnable_levels()) {
            auto session = create_session(model, {}, kernels::table_at(*level));
            ASSERT_TRUE(session) << session.error().to_string();
            for (std::size_t i = 0; i < test.inputs.size(); ++i)
                std::copy(test.inputs[i].begin(), test.inputs[i].end(),
                          (*session)->input(static_cast<int>(i)).data);
            ASSERT_TRUE((*session)->run());
            const View out = (*session)->output(0);
            ASSERT_EQ(out.shape.elements(), static_cast<std::int64_t>(test.expected.size()));
            for (std::size_t i = 0; i < test.expected.size(); ++i)
                EXPECT_NEAR(out.data[i], test.expected[i], 1e-5) << level->name << " at " << i;
        }
    }
}

}  // namespace
}  // namespace tarsier::infer
