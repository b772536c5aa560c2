// SPDX-License-Identifier: Apache-2.0
// Operators on levels: the same bytes on every level of instructions, sums worked out by hand, and
// files whose numbers cannot be.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <random>

#include "format/fixed_point.h"
#include "format/packing_i8.h"
#include "format/reader.h"
#include "format/verify.h"
#include "format/writer.h"
#include "levels.h"
#include "net_builder.h"
#include "session.h"

namespace tarsier::infer {
namespace {

/// A network of levels with random weights.
class LevelNet : public NetBuilder {
  public:
    int levels(int height, int width, int channels, float scale, int zero_point, int root = -1,
               int first = 0) {
        const int i = tensor(height, width, channels, root, first);
        NetTensor& t = net.tensors[static_cast<std::size_t>(i)];
        t.element = ElementType::U8;
        t.scale = scale;
        t.zero_point = zero_point;
        return i;
    }
    template <class T>
    int array(const std::vector<T>& values, ElementType element) {
        auto& kept = arrays_.emplace_back(values.size() * sizeof(T) / sizeof(std::max_align_t) + 5);
        // Kernels want 64 bytes, as files have them.
        auto* bytes = reinterpret_cast<std::uint8_t*>(kept.data());
        bytes += (64 - reinterpret_cast<std::uintptr_t>(bytes) % 64) % 64;
        std::memcpy(bytes, values.data(), values.size() * sizeof(T));
        NetConstant c;
        c.bytes = {bytes, values.size() * sizeof(T)};
        c.count = values.size();
        c.element = element;
        net.constants.push_back(c);
        return static_cast<int>(net.constants.size()) - 1;
    }
    /// Weights, bias and multipliers for sums of `terms` products.
    std::vector<int> weights(int in, int out, int taps, bool depthwise) {
        std::vector<std::int8_t> w(static_cast<std::size_t>((depthwise ? 1 : in) * out * taps));
        for (auto& x : w) x = static_cast<std::int8_t>(static_cast<int>(engine_() % 255) - 127);
        const auto n = static_cast<std::size_t>(padded_channels(out));
        std::vector<std::int32_t> bias(n), multipliers(n);
        const double terms = taps * (depthwise ? 1 : in);
        for (std::size_t i = 0; i < n; ++i) {
            const auto factor = fixed_point(64.0 / (5000 * std::sqrt(terms)) * 60);
            multipliers[i] = factor->packed();
            bias[i] = static_cast<int>(engine_() % 2000) - 1000 + rounding(*factor);
        }
        const auto packed = depthwise ? pack_depthwise_i8(w, static_cast<std::size_t>(out))
                                      : pack_dense_i8(w, static_cast<std::size_t>(out),
                                                      static_cast<std::size_t>(taps));
        return {array(packed, ElementType::I8), array(bias, ElementType::I32),
                array(multipliers, ElementType::I32)};
    }

  private:
    std::deque<std::vector<std::max_align_t>> arrays_;
    std::mt19937 engine_{7};
};

using Attributes = std::map<std::string, double>;

Attributes window(int kernel, int stride, int pad) {
    Attributes out{{"fraction", 6}};
    for (const char* side : {"h", "w"}) {
        out[std::string("kernel_") + side] = kernel;
        out[std::string("stride_") + side] = stride;
    }
    for (const char* side : {"top", "left", "bottom", "right"})
        out[std::string("pad_") + side] = pad;
    return out;
}

/// Every operator on levels once, from one float input to four float outputs.
void build_all(LevelNet& b) {
    const int in = b.tensor(17, 21, 3);
    b.input(in);
    const int x = b.levels(17, 21, 3, 0.02F, 120);
    b.step("quantize", {in}, x, {}, {{"factor", 1 / 0.02F}});
    const int stem = b.levels(9, 11, 20, 0.05F, 128);
    b.step("conv_i8", {x}, stem, b.weights(3, 20, 9, false), window(3, 2, 1));
    const int both = b.levels(9, 11, 28, 0.05F, 128);
    const int left = b.levels(9, 11, 20, 0.05F, 128, both, 0);
    const int right = b.levels(9, 11, 8, 0.05F, 128, both, 20);
    b.step("depthwise_i8", {stem}, left, b.weights(20, 20, 25, true), window(5, 1, 2));
    b.step("conv1x1_i8", {stem}, right, b.weights(20, 8, 1, false), {{"fraction", 6}});
    const int wide = b.levels(9, 11, 33, 0.1F, 100);
    b.step("conv1x1_i8", {both, stem}, wide, b.weights(48, 33, 1, false), {{"fraction", 5}});
    const int sum = b.levels(9, 11, 33, 0.1F, 100);
    b.step("add_i8", {wide, wide}, sum, {},
           {{"a_multiplier", 20000}, {"b_multiplier", 12000}, {"offset", -80000}, {"shift", 15}});
    const int pooled = b.levels(4, 5, 33, 0.1F, 100);
    b.step("max_pool_i8", {sum}, pooled, {},
           {{"kernel_h", 3}, {"kernel_w", 3}, {"stride_h", 2}, {"stride_w", 2}});
    const int large = b.levels(10, 12, 33, 0.1F, 100);
    b.step("resize_i8", {pooled}, large, {}, {{"coordinates", 1}});
    const int looked = b.levels(10, 12, 33, 0.1F, 7);
    std::vector<std::uint8_t> table(256);
    for (std::size_t i = 0; i < 256; ++i) table[i] = static_cast<std::uint8_t>(i * 91 + 5);
    b.step("lookup", {large}, looked, {b.array(table, ElementType::U8)});
    const int mean = b.levels(1, 1, 33, 0.1F, 50);
    const auto one = fixed_point(1.0 / 120);
    b.step("average_pool_i8", {looked}, mean, {},
           {{"kernel_h", 10},
            {"kernel_w", 12},
            {"multiplier", one->multiplier},
            {"shift", one->shift}});
    const int gated = b.levels(10, 12, 33, 0.1F, 20);
    b.step("mul_i8", {looked, mean}, gated, {},
           {{"multiplier", 9000}, {"offset", 20 << 20}, {"shift", 20}});
    const int soft = b.levels(10, 12, 33, 1.0F / 256, 0);
    std::vector<std::int32_t> exponentials(256);
    for (int i = 0; i < 256; ++i)
        exponentials[static_cast<std::size_t>(i)] =
            static_cast<int>(std::lround(65536 * std::exp((i - 255) * 0.02)));
    b.step("softmax_i8", {gated}, soft, {b.array(exponentials, ElementType::I32)});
    const int one_channel = b.levels(10, 12, 1, 0.1F, 90);
    b.step("conv1x1_i8", {gated}, one_channel, b.weights(33, 1, 1, false), {{"fraction", 6}});
    const int two = b.levels(10, 12, 2, 1.0F / 255, 0);
    b.step("binary_softmax_i8", {one_channel}, two, {b.array(table, ElementType::U8)});
    const int padded = b.levels(10, 13, 2, 1.0F / 255, 0);
    b.step("pad", {two}, padded, {}, {{"pad_left", 1}, {"value", 77}});
    const int joined = b.levels(20, 13, 2, 1.0F / 255, 0);
    b.step("join", {padded, padded}, joined);
    for (const int i : {mean, gated, soft, joined}) {
        const NetTensor& t = b.net.tensors[static_cast<std::size_t>(i)];
        const int out = b.tensor(t.height, t.width, t.channels);
        b.step("dequantize", {i}, out);
        b.output(out, "out" + std::to_string(i));
    }
}

std::vector<float> run(const std::shared_ptr<const Model>& model, int threads,
                       const kernels::Table& table) {
    auto session = create_session(model, {.threads = threads}, table);
    EXPECT_TRUE(session) << session.error().to_string();
    const View in = (*session)->input(0);
    std::mt19937 engine(3);
    std::uniform_real_distribution<float> value(-3, 3);
    for (std::int64_t i = 0; i < in.shape.elements(); ++i) in.data[i] = value(engine);
    EXPECT_TRUE((*session)->run());
    std::vector<float> out;
    for (int i = 0; i < 4; ++i) {
        const View view = (*session)->output(i);
        out.insert(out.end(), view.data, view.data + view.shape.elements());
    }
    return out;
}

TEST(LevelOps, GiveTheSameOnEveryLevelAndForAnyNumberOfThreads) {
    LevelNet builder;
    build_all(builder);
    // Through a file, so that the format is proven as well.
    const std::vector<std::uint8_t> bytes = tsr_bytes(builder.net);
    std::vector<std::uint8_t> aligned(bytes.size() + 64);
    std::uint8_t* const at =
        aligned.data() + (64 - reinterpret_cast<std::uintptr_t>(aligned.data()) % 64);
    std::memcpy(at, bytes.data(), bytes.size());
    auto net = read_tsr({at, bytes.size()}, "all");
    ASSERT_TRUE(net) << net.error().to_string();
    const auto model = std::make_shared<const NetModel>(std::move(*net), nullptr);
    std::vector<float> expected;
    for (const kernels::Level* level : runnable_levels())
        for (const int threads : {1, 3}) {
            const std::vector<float> got = run(model, threads, kernels::table_at(*level));
            if (expected.empty()) expected = got;
            EXPECT_EQ(got, expected) << level->name << " with " << threads;
        }
    std::map<float, int> seen;
    for (const float x : expected) ++seen[x];
    EXPECT_GT(seen.size(), 100U);  // no level swallows the others
}

TEST(LevelOps, QuantizeRoundsToTheNearestLevelAndTheEvenOneOfTwo) {
    LevelNet b;
    const int in = b.tensor(1, 1, 6);
    const int x = b.levels(1, 1, 6, 0.5F, 10);
    const int out = b.tensor(1, 1, 6);
    b.input(in);
    b.step("quantize", {in}, x, {}, {{"factor", 2}});
    b.step("dequantize", {x}, out);
    b.output(out);
    const auto model = std::make_shared<const NetModel>(b.net, nullptr);
    for (const kernels::Level* level : runnable_levels()) {
        auto session = create_session(model, {}, kernels::table_at(*level));
        ASSERT_TRUE(session);
        const std::vector<float> values = {0.25F, 0.75F, -0.3F, -1e9F, 1e9F, NAN};
        std::copy(values.begin(), values.end(), (*session)->input(0).data);
        ASSERT_TRUE((*session)->run());
        const float* got = (*session)->output(0).data;
        EXPECT_EQ(std::vector<float>(got, got + 6),
                  (std::vector<float>{0, 1, -0.5F, -5, 122.5F, -5}))
            << level->name;
    }
}

/// The verdict on the network of all operators once `change` has been at it.
template <class Change>
std::string verdict(const Change& change) {
    LevelNet builder;
    build_all(builder);
    change(builder);
    const Status status = verify(builder.net);
    return status ? "" : status.error().message;
}

NetStep& step(LevelNet& b, const std::string& op) {
    for (NetStep& s : b.net.steps)
        if (s.op == op) return s;
    return b.net.steps.front();
}

NetTensor& output_of(LevelNet& b, const std::string& op) {
    return b.net.tensors[static_cast<std::size_t>(step(b, op).output)];
}

void expect_refused(const std::string& verdict, const char* reason) {
    EXPECT_NE(verdict.find(reason), std::string::npos) << "'" << verdict << "', not " << reason;
}

TEST(LevelOps, RefuseScalesAndTypesThatCannotBe) {
    EXPECT_EQ(verdict([](LevelNet&) {}), "");
    for (const float scale : {0.0F, -1.0F, static_cast<float>(NAN), static_cast<float>(INFINITY)})
        expect_refused(verdict([&](LevelNet& b) { output_of(b, "conv_i8").scale = scale; }),
                       "impossible scale");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "conv_i8").zero_point = 256; }),
                   "zero point 256");
    expect_refused(verdict([](LevelNet& b) { b.net.tensors[0].element = ElementType::U8; }),
                   "impossible scale");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "conv_i8").element = ElementType::F32; }),
                   "must be u8");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "resize_i8").zero_point = 3; }),
                   "different scales");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "join").zero_point = 3; }),
                   "different types or scales");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "softmax_i8").scale = 0.1F; }), "1/256");
    expect_refused(verdict([](LevelNet& b) { output_of(b, "depthwise_i8").scale = 0.1F; }),
                   "does not lie in");
}

TEST(LevelOps, RefuseNumbersThatLeaveTheirRange) {
    const auto constant = [](const char* op, std::size_t which, std::int32_t value) {
        return verdict([&](LevelNet& b) {
            const auto i = static_cast<std::size_t>(step(b, op).constants[which]);
            const auto bytes = b.net.constants[i].bytes;
            std::memcpy(const_cast<std::uint8_t*>(bytes.data()), &value, sizeof value);
        });
    };
    expect_refused(constant("conv_i8", 1, 0x7fffffff), "may leave 32 bits");
    expect_refused(constant("conv_i8", 1, INT32_MIN), "may leave 32 bits");
    expect_refused(constant("conv_i8", 2, 100), "impossible multiplier");
    expect_refused(constant("conv_i8", 2, 33 << 16 | 1 << 14), "impossible multiplier");
    expect_refused(constant("softmax_i8", 0, -1), "exponential 0");
    // Four weights: of the one output of three inputs and what fills them up, or of four channels.
    expect_refused(constant("conv_i8", 0, 1 << 24), "behind its last input");
    for (const char* op : {"conv_i8", "conv1x1_i8", "depthwise_i8"})
        expect_refused(constant(op, 0, 0x80), "a weight is -128");
    const auto attribute = [](const char* op, const char* key, double value) {
        return verdict([&](LevelNet& b) { step(b, op).attributes[key] = value; });
    };
    expect_refused(attribute("conv1x1_i8", "fraction", 7), "fraction is 7");
    expect_refused(attribute("conv1x1_i8", "low", 256), "low is 256");
    expect_refused(attribute("add_i8", "shift", 31), "shift is 31");
    expect_refused(attribute("add_i8", "offset", 2147483647.0), "may leave 32 bits");
    expect_refused(attribute("mul_i8", "multiplier", 16384), "multiplier is 16384");
    expect_refused(attribute("quantize", "factor", 0), "no positive number");
    expect_refused(attribute("pad", "value", 256), "value is 256");
    expect_refused(attribute("average_pool_i8", "multiplier", 3), "multiplier is 3");
}

}  // namespace
}  // namespace tarsier::infer
