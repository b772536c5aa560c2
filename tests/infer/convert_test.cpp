// SPDX-License-Identifier: Apache-2.0
// Small ONNX models through the converter and the runtime, against an evaluator that shares no code
// with them.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "format/net.h"
#include "levels.h"
#include "onnx_reference.h"
#include "session.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

class Convert : public testing::Test {
  protected:
    void SetUp() override {
        const std::string base = testing::TempDir() + "convert_" +
                                 testing::UnitTest::GetInstance()->current_test_info()->name();
        onnx_ = base + ".onnx";
        tsr_ = base + ".tsr";
    }
    void TearDown() override {
        fs::remove(onnx_);
        fs::remove(tsr_);
    }

    Result<ConvertReport> convert(const OnnxBuilder& builder) {
        std::ofstream out(onnx_, std::ios::binary);
        builder.model.SerializeToOstream(&out);
        out.close();
        return convert_onnx(onnx_, tsr_);
    }

    /// Converts, runs on every level and compares all outputs; returns how many steps the model
    /// has.
    int expect_same(const OnnxBuilder& builder) {
        const auto report = convert(builder);
        EXPECT_TRUE(report) << report.error().to_string();
        if (!report) return 0;
        const auto model = Model::load(tsr_);
        EXPECT_TRUE(model) << model.error().to_string();
        if (!model) return 0;
        for (const kernels::Level* level : runnable_levels()) {
            SCOPED_TRACE(level->name);
            auto session = create_session(*model, {}, kernels::table_at(*level));
            EXPECT_TRUE(session);
            compare(builder, **session);
        }
        return report->steps_out;
    }

    std::string refusal(const OnnxBuilder& builder, Code code = Code::Unsupported) {
        const auto report = convert(builder);
        EXPECT_FALSE(report);
        if (report) return {};
        EXPECT_EQ(report.error().code, code);
        EXPECT_FALSE(fs::exists(tsr_));
        return report.error().to_string();
    }

    fs::path onnx_, tsr_;

  private:
    static void compare(const OnnxBuilder& builder, Session& session) {
        std::map<std::string, Planes> values;
        std::mt19937 engine(3);
        std::uniform_real_distribution<float> random(-1, 1);
        const auto& inputs = session.model().inputs();
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Shape& s = inputs[i].shape;
            Planes& planes = values[inputs[i].name];
            planes.channels = static_cast<int>(s[1]);
            planes.height = static_cast<int>(s[2]);
            planes.width = static_cast<int>(s[3]);
            planes.values.resize(static_cast<std::size_t>(s.elements()));
            for (float& x : planes.values) x = random(engine);
            ASSERT_TRUE(session.set_input(static_cast<int>(i), planes.values));
        }
        auto expected = evaluate(builder.model, values);
        ASSERT_TRUE(session.run());
        const auto& outputs = session.model().outputs();
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const std::vector<float>& want = expected[outputs[i].name].values;
            std::vector<float> got(want.size());
            ASSERT_TRUE(session.get_output(static_cast<int>(i), got)) << outputs[i].name;
            for (std::size_t k = 0; k < got.size(); ++k)
                ASSERT_NEAR(got[k], want[k], 1e-4 * std::max(1.0F, std::abs(want[k])))
                    << outputs[i].name << " at " << k;
        }
    }
};

TEST_F(Convert, FoldsABatchNormAndAnActivationIntoTheirConvolution) {
    OnnxBuilder b;
    const std::string x = b.input("x", 3, 9, 11);
    b.output(b.relu6(b.batch_norm(b.conv(x, 3, 20, 3, 1, 2, 1, {0, 0, 1, 1}), 20)));
    EXPECT_EQ(expect_same(b), 1);
}

TEST_F(Convert, KeepsABatchNormThatHasNoConvolutionBeforeIt) {
    OnnxBuilder b;
    const std::string x = b.input("x", 5, 4, 4);
    b.output(b.batch_norm(x, 5));
    EXPECT_EQ(expect_same(b), 1);
}

TEST_F(Convert, KeepsAValueThatIsReadBeforeItsActivationToo) {
    OnnxBuilder b;
    const std::string x = b.input("x", 4, 6, 6);
    const std::string c = b.conv(x, 4, 4, 1);
    b.output(b.relu6(c));
    b.output(c);
    EXPECT_EQ(expect_same(b), 2);
}

TEST_F(Convert, ConvertsConvolutionsOfEveryKind) {
    for (const int kernel : {1, 3, 5})
        for (const int stride : {1, 2})
            for (const int dilation : {1, 2})
                for (const bool depthwise : {false, true}) {
                    SCOPED_TRACE(testing::Message() << kernel << stride << dilation << depthwise);
                    OnnxBuilder b;
                    const std::string x = b.input("x", 6, 13, 10);
                    b.output(b.conv(x, 6, depthwise ? 6 : 9, kernel, depthwise ? 6 : 1, stride,
                                    dilation, {1, 2, 0, 3}));
                    expect_same(b);
                }
}

TEST_F(Convert, ConvolvesInGroupsAndMultipliesChannels) {
    for (const int outputs : {6, 12})
        for (const int groups : {2, 3, 6}) {
            SCOPED_TRACE(testing::Message() << outputs << " in " << groups);
            OnnxBuilder b;
            const std::string x = b.input("x", 6, 5, 4);
            b.output(b.conv(x, 6, outputs, 3, groups, 2, 1, {1, 1, 1, 1}));
            expect_same(b);
        }
}

TEST_F(Convert, PadsAsAutoPadSays) {
    for (const char* mode : {"SAME_UPPER", "SAME_LOWER", "VALID"}) {
        OnnxBuilder b;
        const std::string x = b.input("x", 2, 10, 7);
        const std::string w = b.random({3, 2, 3, 3}, 0.5F);
        auto& n = b.node("Conv", {x, w}, "y");
        set(n, "auto_pad", std::string(mode));
        set(n, "strides", std::vector<int>{2, 2});
        b.output("y");
        SCOPED_TRACE(mode);
        expect_same(b);
    }
}

TEST_F(Convert, MakesOneConvolutionOfBranchesAndWritesTheirConcatInPlace) {
    OnnxBuilder b;
    const std::string x = b.input("x", 8, 12, 12);
    std::vector<std::string> branches;
    for (const int rate : {1, 2, 4}) {
        const std::string pw = b.relu6(b.conv(x, 8, 24, 1));
        branches.push_back(b.relu6(b.conv(pw, 24, 24, 3, 24, 1, rate, {rate, rate, rate, rate})));
    }
    b.output(b.conv(b.concat(branches), 72, 10, 1));
    EXPECT_EQ(expect_same(b), 5);  // one 1x1, three depthwise, one merge, and no copy
}

TEST_F(Convert, CopiesWhatCannotBeWrittenInPlace) {
    OnnxBuilder b;
    const std::string x = b.input("x", 3, 5, 5);
    const std::string c = b.relu6(b.conv(x, 3, 4, 3, 1, 1, 1, {1, 1, 1, 1}));
    const std::string twice = b.concat({x, c, c});
    const std::string nested = b.concat({twice, b.conv(x, 3, 2, 1)});
    b.output(nested);
    b.output(c);
    EXPECT_EQ(expect_same(b), 5);  // two convolutions; x, c and c again
}

TEST_F(Convert, ReadsSplitAndShuffledChannelsWhereTheyAre) {
    OnnxBuilder b;
    const std::string x = b.input("x", 8, 6, 6);
    std::string all = b.concat({b.conv(x, 8, 6, 3, 1, 1, 1, {1, 1, 1, 1}), b.conv(x, 8, 6, 1)});
    for (int unit = 0; unit < 4; ++unit) {
        const std::string kept = b.slice(all, 0, 12, 2);
        const std::string wide = b.relu6(b.conv(b.slice(all, 1, 12, 2), 6, 6, 1));
        const std::string moved = b.conv(wide, 6, 6, 3, 6, 1, 1, {1, 1, 1, 1});
        all = b.concat({kept, b.relu6(b.conv(moved, 6, 6, 1))});
    }
    b.output(b.conv(b.conv(all, 12, 12, 3, 12, 2), 12, 5, 1));
    b.output(b.conv(all, 12, 7, 1));
    expect_same(b);
    const auto model = Model::load(tsr_);
    ASSERT_TRUE(model);
    int copies = 0;
    for (const NetStep& step : dynamic_cast<const NetModel&>(**model).net().steps) {
        EXPECT_NE(step.op, "permute") << step.name;
        copies += step.op == "clamp";
    }
    EXPECT_LE(copies, 5) << "only what the strided convolution reads is brought together";
}

TEST_F(Convert, KeepsTheOrderOfChannelsThatSomebodyElseReads) {
    OnnxBuilder b;
    const std::string x = b.input("x", 6, 5, 5);
    const std::string y = b.conv(x, 6, 8, 1);
    const std::string odd = b.slice(y, 1, 8, 2);
    b.output(b.conv(odd, 4, 3, 1));
    b.output(b.relu6(odd));
    b.output(b.conv(b.concat({b.slice(y, 0, 8, 2), y}), 12, 3, 1));
    expect_same(b);
}

TEST_F(Convert, ReadsAShiftFromTheStateAndTheNewChannels) {
    OnnxBuilder b;
    const std::string x = b.input("x", 4, 5, 6);
    const std::string past = b.input("past", 2, 5, 6);
    const std::string now = b.relu6(b.conv(x, 4, 8, 1));
    b.output(b.conv(b.concat({past, b.slice(now, 2, 8)}), 8, 3, 1));
    b.node("Identity", {b.slice(now, 0, 2)}, "past_out");
    b.output("past_out");
    EXPECT_EQ(expect_same(b), 3);  // two convolutions and the copy that is kept
}

TEST_F(Convert, ResizesInEveryMode) {
    for (const char* coordinates : {"asymmetric", "half_pixel", "align_corners"})
        for (const float scale : {2.0F, 4.0F, 0.5F}) {
            OnnxBuilder b;
            const std::string x = b.input("x", 9, 6, 8);
            b.output(b.resize(x, scale, "linear", coordinates));
            SCOPED_TRACE(coordinates);
            expect_same(b);
        }
    OnnxBuilder nearest;
    const std::string x = nearest.input("x", 2, 6, 8);
    nearest.output(nearest.resize(x, 2, "nearest", "asymmetric"));
    expect_same(nearest);
}

TEST_F(Convert, TakesTheSizesOfAResizeAsWell) {
    OnnxBuilder b;
    const std::string x = b.input("x", 2, 6, 8);
    const std::string sizes = b.integers({1, 2, 15, 12});
    auto& n = b.node("Resize", {x, "", "", sizes}, "y");
    set(n, "mode", std::string("linear"));
    b.output("y");
    expect_same(b);
}

TEST_F(Convert, MovesTheLastConvolutionBeforeTheEnlargementAndHalvesASoftmaxOverTwo) {
    for (const char* coordinates : {"asymmetric", "half_pixel"}) {
        OnnxBuilder b;
        const std::string x = b.input("x", 3, 8, 8);
        const std::string features = b.relu6(b.conv(x, 3, 16, 3, 1, 1, 1, {1, 1, 1, 1}));
        const std::string large =
            b.resize(b.resize(features, 2, "linear", coordinates), 2, "linear", coordinates);
        set(b.node("Softmax", {b.conv(large, 16, 2, 1)}, "prob"), "axis", 1);
        b.output("prob");
        const bool one_resize = std::string(coordinates) == "asymmetric";
        SCOPED_TRACE(coordinates);
        EXPECT_EQ(expect_same(b), one_resize ? 4 : 5);
        const auto model = Model::load(tsr_);
        ASSERT_TRUE(model);
        const Net& net = dynamic_cast<const NetModel&>(**model).net();
        EXPECT_EQ(net.steps[1].op, "conv1x1");  // on the small picture
        EXPECT_EQ(net.tensors[static_cast<std::size_t>(net.steps[1].output)].channels, 1);
        EXPECT_EQ(net.steps.back().op, "binary_softmax");
    }
}

TEST_F(Convert, ComposesTwoLinearConvolutionsWhereThatIsLessWork) {
    OnnxBuilder less;
    less.output(less.conv(less.conv(less.input("x", 30, 4, 4), 30, 20, 1), 20, 5, 1));
    EXPECT_EQ(expect_same(less), 1);
    OnnxBuilder more;
    more.output(more.conv(more.conv(more.input("x", 30, 4, 4), 30, 2, 1), 2, 40, 1));
    EXPECT_EQ(expect_same(more), 2);
}

TEST_F(Convert, AddsTensorsAndConstants) {
    OnnxBuilder b;
    const std::string x = b.input("x", 4, 5, 5);
    const std::string y = b.input("y", 4, 5, 5);
    b.node("Add", {x, y}, "sum");
    b.node("Relu", {"sum"}, "relu");
    const std::string bias = b.random({1, 4, 1, 1}, 1);
    b.node("Add", {b.conv("relu", 4, 4, 1), bias}, "biased");
    b.node("Sigmoid", {"biased"}, "sigmoid");
    b.output("sigmoid");
    EXPECT_EQ(expect_same(b), 3);
}

TEST_F(Convert, ReadsClipsOfOldAndConstantsAndIdentities) {
    OnnxBuilder b(11);
    const std::string x = b.input("x", 3, 4, 4);
    auto& constant = b.node("Constant", {}, "six");
    auto* attribute = constant.add_attribute();
    attribute->set_name("value");
    attribute->set_type(onnx::AttributeProto::TENSOR);
    attribute->mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
    attribute->mutable_t()->add_float_data(6);
    b.node("Identity", {b.conv(x, 3, 7, 1)}, "same");
    b.node("Clip", {"same", "", "six"}, "y");
    b.output("y");
    EXPECT_EQ(expect_same(b), 1);
}

TEST_F(Convert, GivesOutputsMemoryOfTheirOwn) {
    OnnxBuilder b;
    const std::string x = b.input("x", 3, 4, 4);
    const std::string c = b.conv(x, 3, 5, 1);
    b.node("Identity", {c}, "again");
    b.output(c);
    b.output("again");
    b.output(b.concat({c, x}));
    expect_same(b);
}

TEST_F(Convert, NamesEveryNodeThatItCannotConvertAtOnce) {
    OnnxBuilder b;
    const std::string x = b.input("x", 4, 8, 8);
    b.node("LSTM", {x}, "a");
    b.node("Relu", {"a"}, "b");
    b.node("GridSample", {"b"}, "c");
    b.node("Conv", {x, x}, "d");
    b.output("d");
    const std::string text = refusal(b);
    for (const char* part : {"node_a", "LSTM", "node_c", "GridSample", "node_d", "not constant"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in " << text;
    EXPECT_EQ(text.find("node_b"), std::string::npos) << text;
}

TEST_F(Convert, RefusesOpsetsItDoesNotKnow) {
    for (const int opset : {10, 18}) {
        OnnxBuilder b(opset);
        b.output(b.conv(b.input("x", 1, 2, 2), 1, 1, 1));
        EXPECT_NE(refusal(b).find("opset"), std::string::npos);
    }
}

TEST_F(Convert, TakesASoftmaxOfOldOverAllFromItsAxisOn) {
    OnnxBuilder b(11);
    set(b.node("Softmax", {b.input("x", 2, 3, 3)}, "y"), "axis", 1);
    b.output("y");
    expect_same(b);
}

TEST_F(Convert, RefusesModelsThatContradictThemselves) {
    OnnxBuilder weights;
    weights.output(weights.conv(weights.input("x", 5, 4, 4), 3, 4, 1));
    EXPECT_NE(refusal(weights, Code::BadData).find("do not fit"), std::string::npos);
    OnnxBuilder unknown;
    unknown.input("x", 5, 4, 4);
    unknown.node("Relu", {"nowhere"}, "y");
    unknown.output("y");
    EXPECT_NE(refusal(unknown, Code::BadData).find("made by no node"), std::string::npos);
    OnnxBuilder output;
    output.node("Relu", {output.input("x", 5, 4, 4)}, "y");
    output.output("z");
    EXPECT_NE(refusal(output, Code::BadData).find("'z'"), std::string::npos);
}

TEST_F(Convert, RefusesWhatIsNoOnnxFile) {
    std::ofstream(onnx_) << "this is no model";
    const auto report = convert_onnx(onnx_, tsr_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::BadData);
    const auto absent = convert_onnx("absent.onnx", tsr_);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, Code::NotFound);
}

}  // namespace
}  // namespace tarsier::infer
