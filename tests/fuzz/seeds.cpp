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

/// One line per kind of model; every recipe gets an input of 6 channels, 5 x 7 pixels.
const std::map<std::string, Recipe>& recipes() {
    static const std::map<std::string, Recipe> kinds = {
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
    return kinds;
}

int write_seeds(const fs::path& folder) {
    fs::create_directories(folder / "onnx");
    fs::create_directories(folder / "tsr");
    for (const auto& [name, recipe] : recipes()) {
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
