// SPDX-License-Identifier: Apache-2.0
// ONNX files that are far larger than any network: refused before they cost time or memory.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "onnx_reference.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

constexpr int kMany = 100'000;

Result<ConvertReport> convert(const OnnxBuilder& builder) {
    const fs::path onnx = testing::TempDir() + "hostile.onnx";
    const fs::path tsr = testing::TempDir() + "hostile.tsr";
    std::ofstream out(onnx, std::ios::binary);
    builder.model.SerializeToOstream(&out);
    out.close();
    auto report = convert_onnx(onnx, tsr);
    fs::remove(onnx);
    fs::remove(tsr);
    return report;
}

/// `count` operators, each of which `add` puts behind the value before it.
OnnxBuilder chain(int count,
                  const std::function<std::string(OnnxBuilder&, const std::string& before)>& add) {
    OnnxBuilder b;
    std::string value = b.input("x", 4, 4, 4);
    for (int i = 0; i < count; ++i) value = add(b, value);
    b.output(value);
    return b;
}

std::string relu(OnnxBuilder& b, const std::string& before) {
    return b.node("Relu", {before}, b.fresh("y")).output(0);
}

std::string doubled(OnnxBuilder& b, const std::string& before) {
    return b.node("Add", {before, before}, b.fresh("y")).output(0);
}

std::string turned(OnnxBuilder& b, const std::string& before) {
    const std::string out = b.fresh("y");
    auto& split = b.node("Split", {before}, out + "a");
    split.add_output(out + "b");
    set(split, "axis", 1);
    set(b.node("Concat", {out + "b", out + "a"}, out), "axis", 1);
    return out;
}

TEST(HostileOnnx, AHundredThousandOperatorsAreRefused) {
    for (const auto& add : {relu, doubled, turned}) {
        const auto report = convert(chain(kMany, add));
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, Code::Unsupported);
        EXPECT_NE(report.error().message.find("more than 4096 operators"), std::string::npos)
            << report.error().message;
    }
}

TEST(HostileOnnx, OperatorsThatComeOfGroupsAreCountedToo) {
    OnnxBuilder b;
    std::string value = b.input("x", 64, 1, 1);
    for (int i = 0; i < 200; ++i) value = b.conv(value, 64, 64, 1, 32);
    b.output(value);
    const auto report = convert(b);
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message.find("more than 4096 operators"), std::string::npos)
        << report.error().message;
}

TEST(HostileOnnx, AThousandOperatorsAndAHundredThousandConstantsAreTaken) {
    OnnxBuilder b = chain(1000, relu);
    onnx::TensorProto six;
    six.set_data_type(onnx::TensorProto::FLOAT);
    six.add_float_data(6);
    for (int i = 0; i < kMany; ++i) {
        auto* attribute = b.node("Constant", {}, b.fresh("six")).add_attribute();
        attribute->set_name("value");
        attribute->set_type(onnx::AttributeProto::TENSOR);
        *attribute->mutable_t() = six;
    }
    const auto report = convert(b);
    EXPECT_TRUE(report) << report.error().to_string();
}

}  // namespace
}  // namespace tarsier::infer
