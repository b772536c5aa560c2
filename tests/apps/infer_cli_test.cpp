// SPDX-License-Identifier: Apache-2.0
#include "cli_fixture.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

namespace tarsier {
namespace {

/// A little-endian float32 .npy file of version 1.
std::string npy(const std::string& shape, const std::vector<float>& values) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
    header += '\n';
    std::string file = std::string("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size() & 0xff);
    file += static_cast<char>(header.size() >> 8);
    file += header;
    file.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    return file;
}

class InferCli : public Cli {
  protected:
    void SetUp() override {
        Cli::SetUp();
        std::vector<float> image(3 * 256 * 256);
        for (std::size_t i = 0; i < image.size(); ++i)
            image[i] = 0.5F + 0.5F * std::sin(static_cast<float>(i) * 0.001F);
        write("image.npy", npy("(1, 3, 256, 256)", image));
    }
};

TEST_F(InferCli, ModelsListsNamesShapesAndTypes) {
    const nlohmann::json json = parse(tarsier("models --json").out);
    ASSERT_TRUE(json["models"].is_array());
    bool found = false;
    for (const auto& model : json["models"]) {
        if (model["name"] != "mmnet-256") continue;
        found = true;
        EXPECT_EQ(model["task"], "matting");
        EXPECT_EQ(model["inputs"][0]["name"], "image");
        EXPECT_EQ(model["inputs"][0]["shape"], nlohmann::json({1, 3, 256, 256}));
        EXPECT_EQ(model["outputs"][0]["name"], "prob");
        EXPECT_EQ(model["outputs"][0]["shape"], nlohmann::json({1, 2, 256, 256}));
    }
    EXPECT_TRUE(found);
}

TEST_F(InferCli, WritesProbabilitiesThatSumToOne) {
    const auto result = tarsier("infer mmnet-256 --input image=image.npy --output prob=prob.npy");
    ASSERT_EQ(result.exit, 0) << result.err;
    const std::string file = testing_support::read_file(folder_ / "prob.npy");
    constexpr std::size_t kPixels = 256 * 256;
    ASSERT_GT(file.size(), 2 * kPixels * sizeof(float));
    std::vector<float> prob(2 * kPixels);
    std::memcpy(prob.data(), file.data() + file.size() - prob.size() * sizeof(float),
                prob.size() * sizeof(float));
    for (std::size_t i = 0; i < kPixels; ++i) ASSERT_NEAR(prob[i] + prob[kPixels + i], 1.0F, 1e-5F);
}

TEST_F(InferCli, NamesWrongInputsShapesAndTypesBesideThoseItExpects) {
    const auto expect = [&](const std::string& arguments, int exit,
                            const std::vector<std::string>& words) {
        const auto result = tarsier("infer mmnet-256 " + arguments);
        EXPECT_EQ(result.exit, exit) << arguments;
        for (const std::string& word : words)
            EXPECT_NE(result.err.find(word), std::string::npos) << word << " in " << result.err;
    };
    write("small.npy", npy("(1, 3)", {1, 2, 3}));
    std::string doubles = npy("(1, 3)", {1, 2, 3});
    doubles.replace(doubles.find("<f4"), 3, "<f8");
    write("doubles.npy", doubles);
    expect("--input picture=small.npy --output prob=p.npy", 2, {"'picture'", "there are: image"});
    expect("--input image=small.npy --output proba=p.npy", 2, {"'proba'", "there are: prob"});
    expect("--input image=small.npy --output prob=p.npy", 65, {"1x3,", "1x3x256x256"});
    expect("--input image=doubles.npy --output prob=p.npy", 65, {"doubles.npy", "float32"});
    expect("--output prob=p.npy", 2, {"'image' is missing", "1x3x256x256"});
}

TEST_F(InferCli, NamesAbsentAndDamagedFiles) {
    EXPECT_EQ(tarsier("infer mmnet-256 --input image=absent.npy --output prob=p.npy").exit, 66);
    EXPECT_EQ(tarsier("infer mmnet-999 --input image=image.npy --output prob=p.npy").exit, 66);
    write("noise.npy", "this is no numpy file");
    EXPECT_EQ(tarsier("infer mmnet-256 --input image=noise.npy --output prob=p.npy").exit, 65);
}

TEST_F(InferCli, ADamagedModelIsBadData) {
    write("noise.tsr", std::string(5000, 'x'));
    const auto result = tarsier("models noise.tsr");
    EXPECT_EQ(result.exit, 65);
    EXPECT_NE(result.err.find("noise.tsr"), std::string::npos) << result.err;
    write("empty.tsr", "");
    EXPECT_EQ(tarsier("bench empty.tsr").exit, 65);
}

TEST_F(InferCli, ADamagedOnnxFileIsBadDataAndAnAbsentOneNotFound) {
    write("noise.onnx", std::string(5000, '\xff'));
    EXPECT_EQ(tarsier("convert noise.onnx out.tsr").exit, 65);
    EXPECT_EQ(tarsier("convert absent.onnx out.tsr").exit, 66);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out.tsr"));
}

TEST_F(InferCli, BenchReportsTheLevelAndEveryLayer) {
    const nlohmann::json json = parse(tarsier("bench mmnet-256 --layers --json --runs 2").out);
    ASSERT_TRUE(json.is_object());
    EXPECT_GT(json["median_us"].get<double>(), 0);
    EXPECT_GT(json["layers"].size(), 10U);
    EXPECT_TRUE(json.contains("isa"));
    EXPECT_GT(json["peak_gmacs"].get<double>(), 0);
    EXPECT_GT(json["layers"][0]["share_of_peak"].get<double>(), 0);
    EXPECT_FALSE(json["layers"][0]["kernel"].get<std::string>().empty());
    EXPECT_EQ(tarsier("bench mmnet-256 --backend vulkan").exit, 69);
}

TEST_F(InferCli, BenchDrawsTheLayers) {
    EXPECT_EQ(tarsier("bench mmnet-256 --runs 2 --svg layers.svg").exit, 0);
    std::ifstream file(folder_ / "layers.svg");
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(svg.rfind("<svg", 0), 0U);
    EXPECT_NE(svg.find("<title>/init/conv/Conv: conv 128x128x32, "), std::string::npos);
    EXPECT_EQ(tarsier("bench mmnet-256 --runs 2 --svg absent/layers.svg").exit, 66);
}

}  // namespace
}  // namespace tarsier
