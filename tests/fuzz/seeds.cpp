// SPDX-License-Identifier: Apache-2.0
// seeds FOLDER: writes small models of every kind into FOLDER/onnx, and what the converter makes of
// them into FOLDER/tsr: what the fuzzers begin with.
#include <tarsier/infer/convert.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "onnx_reference.h"

namespace fs = std::filesystem;

namespace tarsier::infer {
namespace {

using Recipe = std::function<void(OnnxBuilder&, const std::string& in)>;

using Recipes = std::map<std::string, Recipe>;

/// Models around convolutions; every recipe gets an input of 6 channels, 5 x 7 pixels.
Recipes convolutions() {
    return {
        {"conv",
         [](auto& b, auto& x) {
             b.output(b.conv(x, 6, 17, 3, 1, 2, 1, {1, 1, 1, 1}));
         }},
        {"pointwise", [](auto& b, auto& x) { b.output(b.relu6(b.conv(x, 6, 9, 1))); }},
        {"dilated",
         [](auto& b, auto& x) {
             b.output(b.conv(x, 6, 6, 3, 6, 1, 2, {2, 2, 2, 2}));
         }},
        {"batch_norm", [](auto& b, auto& x) { b.output(b.batch_norm(b.conv(x, 6, 4, 1), 4)); }},
        {"concat",
         [](auto& b, auto& x) {
             const std::string c = b.conv(x, 6, 3, 1);
             b.output(b.conv(b.concat({c, x, c}), 12, 2, 1));
         }},
        {"head",
         [](auto& b, auto& x) {
             const std::string large = b.resize(x, 2, "linear", "asymmetric");
             set(b.node("Softmax", {b.conv(large, 6, 2, 1)}, "prob"), "axis", 1);
             b.output("prob");
         }},
        {"nearest", [](auto& b, auto& x) { b.output(b.resize(x, 2, "nearest", "half_pixel")); }},
        {"add",
         [](auto& b, auto& x) {
             b.node("Add", {b.conv(x, 6, 6, 1), x}, "sum");
             b.node("Relu", {"sum"}, "relu");
             b.node("Sigmoid", {"relu"}, "y");
             b.output("y");
         }},
        {"auto_pad",
         [](auto& b, auto& x) {
             auto& n = b.node("Conv", {x, b.random({3, 6, 3, 3}, 1)}, "y");
             set(n, "auto_pad", std::string("SAME_UPPER"));
             set(n, "strides", std::vector<int>{2, 2});
             b.output("y");
         }},
    };
}

/// Models around other operators.
Recipes others() {
    return {
        {"pools",
         [](auto& b, auto& x) {
             for (const char* op : {"MaxPool", "AveragePool"}) {
                 auto& n = b.node(op, {x}, op);
                 set(n, "kernel_shape", std::vector<int>{3, 2});
                 set(n, "pads", std::vector<int>{1, 0, 1, 1});
                 b.output(op);
             }
             b.node("GlobalAveragePool", {x}, "mean");
             b.node("Flatten", {"mean"}, "flat");
             auto& n = b.node("Gemm", {"flat", b.random({4, 6}, 1), b.random({4}, 1)}, "y");
             set(n, "transB", 1);
             b.output("y");
         }},
        {"each",
         [](auto& b, auto& x) {
             b.node("PRelu", {x, b.random({6, 1, 1}, 1)}, "prelu");
             b.node("HardSwish", {"prelu"}, "swish");
             b.node("Mul", {"swish", x}, "y");
             b.node("LeakyRelu", {"y"}, "z");
             b.output("z");
         }},
        {"slices",
         [](auto& b, auto& x) {
             b.node("Slice", {x, b.integers({0}), b.integers({2}), b.integers({1})}, "low");
             b.node("Slice", {x, b.integers({2}), b.integers({6}), b.integers({1})}, "high");
             set(b.node("Concat", {"high", "low"}, "y"), "axis", 1);
             b.output("y");
         }},
        {"shuffle",
         [](auto& b, auto& x) {
             b.node("Reshape", {x, b.integers({1, 2, 3, 5, 7})}, "groups");
             set(b.node("Transpose", {"groups"}, "turned"), "perm",
                 std::vector<int>{0, 2, 1, 3, 4});
             b.node("Reshape", {"turned", b.integers({1, 6, 5, 7})}, "y");
             b.output("y");
         }},
        {"pad",
         [](auto& b, auto& x) {
             b.node("Pad", {x, b.integers({0, 0, 1, 2, 0, 0, 0, 1})}, "y");
             b.output("y");
         }},
        {"state",
         [](auto& b, auto& x) {
             const std::string old = b.input("cache", 6, 5, 7);
             b.node("Identity", {x}, "cache_out");
             b.node("Add", {x, old}, "y");
             b.output("y");
             b.output("cache_out");
         }},
    };
}

int write_seeds(const fs::path& folder) {
    fs::create_directories(folder / "onnx");
    fs::create_directories(folder / "tsr");
    Recipes recipes = convolutions();
    recipes.merge(others());
    for (const auto& [name, recipe] : recipes) {
        OnnxBuilder builder;
        recipe(builder, builder.input("x", 6, 5, 7));
        const fs::path onnx = folder / "onnx" / name;
        std::ofstream out(onnx, std::ios::binary);
        builder.model.SerializeToOstream(&out);
        out.close();
        if (const auto report = convert_onnx(onnx, folder / "tsr" / name); !report) {
            std::fprintf(stderr, "%s\n", report.error().to_string().c_str());
            return 1;
        }
    }
    return 0;
}

}  // namespace
}  // namespace tarsier::infer

int main(int argc, char** argv) {
    if (argc == 2) return tarsier::infer::write_seeds(argv[1]);
    std::fprintf(stderr, "usage: seeds FOLDER\n");
    return 2;
}
