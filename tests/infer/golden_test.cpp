// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <cmath>
#include <filesystem>

#include "levels.h"
#include "npz.h"
#include "session.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

const fs::path kShared = fs::path(TARSIER_SOURCE_DIR) / "../shared";

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    double largest = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        const double difference = std::abs(double{a[i]} - b[i]);
        if (!(difference <= largest)) largest = difference;
    }
    return largest;
}

TEST(Golden, MmnetReproducesTheReferenceWithin1e4OnEveryLevel) {
    if (!fs::exists(kShared / "nets/mmnet.onnx")) GTEST_SKIP() << "no ../shared: not compared";
    const fs::path file = fs::path(testing::TempDir()) / "golden_mmnet.tsr";
    const auto report = convert_onnx(kShared / "nets/mmnet.onnx", file);
    ASSERT_TRUE(report) << report.error().to_string();
    auto golden = testing_support::read_npz(kShared / "nets/mmnet_io.npz");
    ASSERT_EQ(golden.count("image"), 1U);
    ASSERT_EQ(golden.count("prob"), 1U);
    const auto model = Model::load(file);
    ASSERT_TRUE(model) << model.error().to_string();
    for (const kernels::Level* level : runnable_levels()) {
        for (const int threads : {1, 3}) {
            SCOPED_TRACE(std::string(level->name) + ", threads " + std::to_string(threads));
            auto session = create_session(*model, {.threads = threads}, kernels::table_at(*level));
            ASSERT_TRUE(session) << session.error().to_string();
            ASSERT_TRUE((*session)->set_input(0, golden["image"].values));
            ASSERT_TRUE((*session)->run());
            std::vector<float> prob(golden["prob"].values.size());
            ASSERT_TRUE((*session)->get_output(0, prob));
            EXPECT_LE(largest_difference(prob, golden["prob"].values), 1e-4);
        }
    }
    fs::remove(file);
}

}  // namespace
}  // namespace tarsier::infer
