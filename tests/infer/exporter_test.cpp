// SPDX-License-Identifier: Apache-2.0
// The patterns that exporters write around the operators of mobile networks, against formulas.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "levels.h"
#include "onnx_reference.h"
#include "session.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

using Values = std::vector<float>;
using Dims = std::vector<std::int64_t>;

class Exporter : public testing::Test {
  protected:
    void SetUp() override {
        base_ = testing::TempDir() + "exporter_" +
                testing::UnitTest::GetInstance()->current_test_info()->name();
    }
    void TearDown() override {
        fs::remove(base_ + ".onnx");
        fs::remove(base_ + ".tsr");
    }

    /// An input of any dimensions; its values are different numbers of both signs.
    Values input(OnnxBuilder& b, const std::string& name, const Dims& dims) {
        auto* info = b.model.mutable_graph()->add_input();
        info->set_name(name);
        auto* type = info->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        std::size_t count = 1;
        for (const std::int64_t dim : dims) {
            type->mutable_shape()->add_dim()->set_dim_value(dim);
            count *= static_cast<std::size_t>(dim);
        }
        Values values(count);
        for (std::size_t i = 0; i < count; ++i)
            values[i] = static_cast<float>((i * 37) % 101) / 10 - 5;
        inputs_.push_back(values);
        return values;
    }

    Result<std::shared_ptr<const Model>> convert(const OnnxBuilder& b,
                                                 const ConvertOptions& options = {}) {
        std::ofstream out(base_ + ".onnx", std::ios::binary);
        b.model.SerializeToOstream(&out);
        out.close();
        auto report = convert_onnx(base_ + ".onnx", base_ + ".tsr", options);
        if (!report) return std::move(report.error());
        return Model::load(base_ + ".tsr");
    }

    /// Output 0 on every level, which must have this shape and these values.
    void expect(const OnnxBuilder& b, const Dims& dims, const Values& expected) {
        const auto model = convert(b);
        ASSERT_TRUE(model) << model.error().to_string();
        EXPECT_EQ((*model)->outputs()[0].shape.to_string(), Shape(dims).to_string());
        for (const kernels::Level* level : runnable_levels()) {
            SCOPED_TRACE(level->name);
            auto session = create_session(*model, {}, kernels::table_at(*level));
            ASSERT_TRUE(session);
            for (std::size_t i = 0; i < inputs_.size(); ++i)
                ASSERT_TRUE((*session)->set_input(static_cast<int>(i), inputs_[i]));
            ASSERT_TRUE((*session)->run());
            Values got(expected.size());
            ASSERT_TRUE((*session)->get_output(0, got));
            for (std::size_t i = 0; i < got.size(); ++i)
                ASSERT_NEAR(got[i], expected[i], 1e-4 * std::max(1.0F, std::abs(expected[i])))
                    << "at " << i;
        }
    }

    std::string base_;
    std::vector<Values> inputs_;
};

TEST_F(Exporter, ShufflesChannelsByReshapesAroundATranspose) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 6, 2, 3});
    b.node("Reshape", {"x", b.integers({1, 2, 3, 2, 3})}, "grouped");
    set(b.node("Transpose", {"grouped"}, "turned"), "perm", std::vector<int>{0, 2, 1, 3, 4});
    b.node("Reshape", {"turned", b.integers({1, -1, 2, 3})}, "y");
    b.output("y");
    Values expected;
    for (std::size_t c = 0; c < 6; ++c)
        for (std::size_t i = 0; i < 6; ++i) expected.push_back(x[(c % 2 * 3 + c / 2) * 6 + i]);
    expect(b, {1, 6, 2, 3}, expected);
}

TEST_F(Exporter, ReshapesWhatWasTurnedIntoDimensionsThatCrossTheOldOnes) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 6, 2, 3});
    b.node("Transpose", {"x"}, "turned");  // 3x2x6x1
    b.node("Reshape", {"turned", b.integers({1, 4, 9, 1})}, "y");
    b.output("y");
    Values expected;
    for (std::size_t column = 0; column < 3; ++column)
        for (std::size_t row = 0; row < 2; ++row)
            for (std::size_t c = 0; c < 6; ++c) expected.push_back(x[(c * 2 + row) * 3 + column]);
    expect(b, {1, 4, 9, 1}, expected);
}

TEST_F(Exporter, SplitsAndJoinsChannels) {
    for (const int opset : {11, 13}) {
        inputs_.clear();
        OnnxBuilder b(opset);
        const Values x = input(b, "x", {1, 5, 2, 2});
        const std::vector<std::string> with_input = {"x", b.integers({2, 3})};
        auto& split = b.node("Split", opset < 13 ? std::vector<std::string>{"x"} : with_input, "a");
        split.add_output("b");
        set(split, "axis", 1);
        if (opset < 13) set(split, "split", std::vector<int>{2, 3});
        b.output(b.concat({"b", "a"}));
        Values expected(x.begin() + 8, x.end());
        expected.insert(expected.end(), x.begin(), x.begin() + 8);
        SCOPED_TRACE(opset);
        expect(b, {1, 5, 2, 2}, expected);
    }
}

TEST_F(Exporter, TakesPicturesWithChannelsLastBetweenTransposes) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 4, 5, 3});
    set(b.node("Transpose", {"x"}, "planes"), "perm", std::vector<int>{0, 3, 1, 2});
    b.node("Relu", {"planes"}, "relu");
    set(b.node("Transpose", {"relu"}, "y"), "perm", std::vector<int>{0, 2, 3, 1});
    b.output("y");
    Values expected = x;
    for (float& v : expected) v = std::max(v, 0.0F);
    expect(b, {1, 4, 5, 3}, expected);
}

TEST_F(Exporter, FoldsTheArithmeticOfShapesBeforeAFullyConnectedLayer) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 2, 2, 3});
    b.node("Shape", {"x"}, "shape");
    const std::string zero = b.integers({0});
    set(b.node("Gather", {"shape", zero}, "batch"), "axis", 0);
    b.node("Mul", {"batch", b.integers({1})}, "same");
    set(b.node("Concat", {"same", b.integers({-1})}, "dims"), "axis", 0);
    b.node("Reshape", {"x", "dims"}, "flat");
    Values weights(24);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i) / 10;
    const std::string w = b.floats({2, 12}, weights);
    const std::string bias = b.floats({2}, {1, -1});
    set(b.node("Gemm", {"flat", w, bias}, "y"), "transB", 1);
    b.output("y");
    Values expected = {1, -1};
    for (std::size_t o = 0; o < 2; ++o)
        for (std::size_t i = 0; i < 12; ++i) expected[o] += weights[o * 12 + i] * x[i];
    expect(b, {1, 2}, expected);
}

TEST_F(Exporter, MultipliesRowsByAMatrixAndAddsABias) {
    OnnxBuilder b;
    const Values x = input(b, "x", {3, 4});
    const Values weights = {1, 2, 3, 4, 5, 6, 7, 8};  // [4][2]
    b.node("MatMul", {"x", b.floats({4, 2}, weights)}, "product");
    b.node("Add", {"product", b.floats({2}, {10, 20})}, "y");
    b.output("y");
    Values expected;
    for (std::size_t n = 0; n < 3; ++n)
        for (std::size_t o = 0; o < 2; ++o) {
            float sum = o == 0 ? 10 : 20;
            for (std::size_t i = 0; i < 4; ++i) sum += x[n * 4 + i] * weights[i * 2 + o];
            expected.push_back(sum);
        }
    expect(b, {3, 2}, expected);
}

TEST_F(Exporter, KnowsEveryWayToWriteHardSwish) {
    for (const bool one_operator : {false, true}) {
        inputs_.clear();
        OnnxBuilder b(one_operator ? 14 : 11);
        const Values x = input(b, "x", {1, 3, 2, 2});
        if (one_operator) {
            b.node("HardSwish", {"x"}, "y");
        } else {
            b.node("Add", {"x", b.floats({}, {3})}, "shifted");
            b.node("Mul", {"x", b.relu6("shifted")}, "scaled");
            b.node("Div", {"scaled", b.floats({}, {6})}, "y");
        }
        b.output("y");
        Values expected = x;
        for (float& v : expected) v = v * std::clamp(v + 3, 0.0F, 6.0F) / 6;
        SCOPED_TRACE(one_operator);
        expect(b, {1, 3, 2, 2}, expected);
    }
}

TEST_F(Exporter, WeighsChannelsByTheirMeans) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 3, 2, 2});
    b.node("GlobalAveragePool", {"x"}, "means");
    b.node("HardSigmoid", {"means"}, "gates");
    b.node("Mul", {"gates", "x"}, "y");
    b.output("y");
    Values expected = x;
    for (std::size_t c = 0; c < 3; ++c) {
        const float mean = (x[c * 4] + x[c * 4 + 1] + x[c * 4 + 2] + x[c * 4 + 3]) / 4;
        for (std::size_t i = 0; i < 4; ++i)
            expected[c * 4 + i] *= std::clamp(0.2F * mean + 0.5F, 0.0F, 1.0F);
    }
    expect(b, {1, 3, 2, 2}, expected);
}

TEST_F(Exporter, AddsAndSubtractsWithBroadcasting) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 2, 2, 3});
    const Values y = input(b, "y", {1, 1, 2, 3});
    b.node("Sub", {"x", "y"}, "z");
    b.output("z");
    Values expected = x;
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] -= y[i % 6];
    expect(b, {1, 2, 2, 3}, expected);
}

TEST_F(Exporter, JoinsTheHeadsOfADetectorInRows) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 4, 2, 3});
    const Values y = input(b, "y", {1, 8, 1, 2});
    for (const std::string name : {"x", "y"}) {
        set(b.node("Transpose", {name}, name + "_last"), "perm", std::vector<int>{0, 2, 3, 1});
        b.node("Reshape", {name + "_last", b.integers({1, -1, 4})}, name + "_rows");
    }
    set(b.node("Concat", {"x_rows", "y_rows"}, "rows"), "axis", 1);
    set(b.node("Softmax", {"rows"}, "z"), "axis", 2);
    b.output("z");
    Values expected;
    for (std::size_t p = 0; p < 6; ++p)
        for (std::size_t c = 0; c < 4; ++c) expected.push_back(x[c * 6 + p]);
    for (std::size_t p = 0; p < 2; ++p)
        for (std::size_t c = 0; c < 8; ++c) expected.push_back(y[c * 2 + p]);
    for (std::size_t row = 0; row < expected.size(); row += 4) {
        float sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += expected[row + i] = std::exp(expected[row + i]);
        for (std::size_t i = 0; i < 4; ++i) expected[row + i] /= sum;
    }
    expect(b, {1, 10, 4}, expected);
}

TEST_F(Exporter, SlicesBackwardsAndWithSteps) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 4, 3, 5});
    const std::string starts = b.integers({1, -1});
    const std::string ends = b.integers({100, -100});
    const std::string axes = b.integers({1, 3});
    const std::string steps = b.integers({2, -2});
    b.node("Slice", {"x", starts, ends, axes, steps}, "y");
    b.output("y");
    Values expected;
    for (const std::size_t c : {1, 3})
        for (std::size_t row = 0; row < 3; ++row)
            for (const std::size_t column : {4, 2, 0})
                expected.push_back(x[(c * 3 + row) * 5 + column]);
    expect(b, {1, 2, 3, 3}, expected);
}

TEST_F(Exporter, ConvolvesSignalsOfOneDimension) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 2, 5});
    const Values weights = {1, 2, 3, 4, 5, 6};  // [1][2][3]
    auto& conv = b.node("Conv", {"x", b.floats({1, 2, 3}, weights)}, "y");
    set(conv, "pads", std::vector<int>{1, 1});
    b.output("y");
    Values expected(5, 0.0F);
    for (std::size_t t = 0; t < 5; ++t)
        for (std::size_t c = 0; c < 2; ++c)
            for (std::size_t k = 0; k < 3; ++k)
                if (t + k >= 1 && t + k <= 5)
                    expected[t] += x[c * 5 + t + k - 1] * weights[c * 3 + k];
    expect(b, {1, 1, 5}, expected);
}

TEST_F(Exporter, TakesMeansOverAnyDimensions) {
    for (const std::vector<int>& axes : {std::vector<int>{1}, {2, 3}, {-1}, {1, 2, 3}}) {
        inputs_.clear();
        OnnxBuilder b;
        const Values x = input(b, "x", {1, 4, 2, 3});
        auto& mean = b.node("ReduceMean", {"x"}, "y");
        set(mean, "axes", axes);
        set(mean, "keepdims", 0);
        b.output("y");
        const auto reduced = [&](int axis) {
            return std::count(axes.begin(), axes.end(), axis) != 0 ||
                   std::count(axes.begin(), axes.end(), axis - 4) != 0;
        };
        const std::size_t sizes[] = {reduced(1) ? 1U : 4U, reduced(2) ? 1U : 2U,
                                     reduced(3) ? 1U : 3U};
        Values expected(sizes[0] * sizes[1] * sizes[2], 0.0F);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::size_t at[] = {i / 6 % sizes[0], i / 3 % 2 % sizes[1], i % 3 % sizes[2]};
            expected[(at[0] * sizes[1] + at[1]) * sizes[2] + at[2]] +=
                x[i] * static_cast<float>(expected.size()) / 24;
        }
        Dims dims = {1};
        for (int axis = 1; axis < 4; ++axis)
            if (!reduced(axis)) dims.push_back(axis == 1 ? 4 : axis);
        SCOPED_TRACE(axes.size());
        expect(b, dims, expected);
    }
}

TEST_F(Exporter, PoolsWithTheLastWindowCutOff) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 1, 1, 6});
    auto& pool = b.node("MaxPool", {"x"}, "y");
    set(pool, "kernel_shape", std::vector<int>{1, 3});
    set(pool, "strides", std::vector<int>{1, 2});
    set(pool, "ceil_mode", 1);
    b.output("y");
    expect(b, {1, 1, 1, 3},
           {std::max({x[0], x[1], x[2]}), std::max({x[2], x[3], x[4]}), std::max(x[4], x[5])});
}

TEST_F(Exporter, SlopesOfNegativeValues) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 2, 2, 2});
    b.node("PRelu", {"x", b.floats({2, 1, 1}, {0.5F, 0.25F})}, "sloped");
    auto* alpha = b.node("LeakyRelu", {"sloped"}, "y").add_attribute();
    alpha->set_name("alpha");
    alpha->set_type(onnx::AttributeProto::FLOAT);
    alpha->set_f(0.1F);
    b.output("y");
    Values expected = x;
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (expected[i] < 0) expected[i] *= (i < 4 ? 0.5F : 0.25F) * 0.1F;
    expect(b, {1, 2, 2, 2}, expected);
}

TEST_F(Exporter, MirrorsAtTheBorder) {
    OnnxBuilder b;
    const Values x = input(b, "x", {1, 1, 2, 3});
    set(b.node("Pad", {"x", b.integers({0, 0, 0, 2, 0, 0, 1, 0})}, "y"), "mode",
        std::string("reflect"));
    b.output("y");
    Values expected;
    for (const std::size_t row : {0, 1, 0})
        for (const std::size_t column : {2, 1, 0, 1, 2}) expected.push_back(x[row * 3 + column]);
    expect(b, {1, 1, 3, 5}, expected);
}

TEST_F(Exporter, KeepsStatesThatAreNamedAndThoseWhoseNamesSaySo) {
    OnnxBuilder b;
    input(b, "x", {1, 1, 1, 2});
    input(b, "h", {1, 1, 1, 2});
    b.node("Add", {"x", "h"}, "sum");
    b.output("sum");
    ConvertOptions options;
    options.states = {{"h", "sum"}};
    const auto model = convert(b, options);
    ASSERT_TRUE(model) << model.error().to_string();
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    Values out(2);
    for (const float expected : {1.0F, 2.0F, 3.0F}) {
        ASSERT_TRUE((*session)->set_input(0, Values{1, 1}));
        ASSERT_TRUE((*session)->run());
        ASSERT_TRUE((*session)->get_output(0, out));
        EXPECT_EQ(out, (Values{expected, expected}));
    }
    (*session)->reset();
    ASSERT_TRUE((*session)->run());
    ASSERT_TRUE((*session)->get_output(0, out));
    EXPECT_EQ(out, (Values{1, 1}));
    options.states = {{"x", "nothing"}};
    const auto refused = convert(b, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Usage);
}

TEST_F(Exporter, FinishesOnNumbersThatAreNotFinite) {
    OnnxBuilder b;
    input(b, "x", {1, 4, 6, 6});
    const std::string c = b.relu6(b.conv("x", 4, 8, 3, 1, 1, 1, {1, 1, 1, 1}));
    set(b.node("Softmax", {b.resize(c, 2, "linear", "half_pixel")}, "y"), "axis", 1);
    b.output("y");
    const auto model = convert(b);
    ASSERT_TRUE(model) << model.error().to_string();
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        ASSERT_TRUE((*session)->set_input(0, Values(144, bad)));
        EXPECT_TRUE((*session)->run());
    }
}

}  // namespace
}  // namespace tarsier::infer
