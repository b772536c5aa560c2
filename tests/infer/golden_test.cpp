// SPDX-License-Identifier: Apache-2.0
// The networks of ../shared/nets against what their reference implementations computed.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "levels.h"
#include "npz.h"
#include "session.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

using Arrays = std::map<std::string, apps::NpyArray>;

const fs::path kNets = fs::path(TARSIER_SOURCE_DIR) / "../shared/nets";
constexpr double kTolerance = 1e-4;  ///< relative to the largest value of an output

/// The largest difference in parts of the largest expected value.
double relative_difference(const std::vector<float>& got, const std::vector<float>& expected) {
    double largest = got.size() == expected.size() ? 0 : INFINITY;
    double scale = 0;
    for (std::size_t i = 0; i < got.size() && i < expected.size(); ++i) {
        const double difference = std::abs(double{got[i]} - expected[i]);
        if (!(difference <= largest)) largest = difference;
        scale = std::max(scale, std::abs(double{expected[i]}));
    }
    return scale > 0 ? largest / scale : INFINITY;
}

class Golden : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(kNets)) GTEST_SKIP() << "no ../shared: not compared";
        file_ = testing::TempDir() + "golden_" +
                testing::UnitTest::GetInstance()->current_test_info()->name() + ".tsr";
    }
    void TearDown() override { fs::remove(file_); }

    std::shared_ptr<const Model> convert(const std::string& net) {
        const auto report = convert_onnx(kNets / (net + ".onnx"), file_);
        EXPECT_TRUE(report) << report.error().to_string();
        if (!report) return nullptr;
        auto model = Model::load(file_);
        EXPECT_TRUE(model) << model.error().to_string();
        return model ? *model : nullptr;
    }

    /// Calls compare(session) for every level and some numbers of threads.
    template <class Compare>
    void on_every_level(const std::string& net, const Compare& compare) {
        const auto model = convert(net);
        ASSERT_TRUE(model);
        for (const kernels::Level* level : runnable_levels())
            for (const int threads : {1, 3}) {
                SCOPED_TRACE(std::string(level->name) + ", threads " + std::to_string(threads));
                auto session =
                    create_session(model, {.threads = threads}, kernels::table_at(*level));
                ASSERT_TRUE(session) << session.error().to_string();
                compare(**session);
            }
    }

    static void expect_output(Session& session, const std::string& name,
                              const std::vector<float>& expected) {
        const auto& outputs = session.model().outputs();
        const auto found = std::find_if(outputs.begin(), outputs.end(),
                                        [&](const TensorInfo& o) { return o.name == name; });
        ASSERT_NE(found, outputs.end()) << name;
        std::vector<float> got(expected.size());
        ASSERT_TRUE(session.get_output(static_cast<int>(found - outputs.begin()), got)) << name;
        EXPECT_LE(relative_difference(got, expected), kTolerance) << name;
    }

    /// A network with one input, whose golden file has it and the outputs under these names.
    void expect_golden(const std::string& net, const std::string& npz, const std::string& input,
                       const std::map<std::string, std::string>& outputs) {
        Arrays golden = testing_support::read_npz(kNets / npz);
        ASSERT_EQ(golden.count(input), 1U);
        on_every_level(net, [&](Session& session) {
            ASSERT_TRUE(session.set_input(0, golden[input].values));
            ASSERT_TRUE(session.run());
            for (const auto& [name, key] : outputs)
                expect_output(session, name, golden[key].values);
        });
    }

    std::string file_;
};

TEST_F(Golden, MmnetReproducesTheReferenceOnEveryLevel) {
    expect_golden("mmnet", "mmnet_io.npz", "image", {{"prob", "prob"}});
}

TEST_F(Golden, PfldReproducesTheReferenceOnEveryLevel) {
    for (const std::string net : {"pfld_1x", "pfld_025x"}) {
        SCOPED_TRACE(net);
        expect_golden(net, net + "_golden.npz", "in_input", {{"landmarks", "out_landmarks"}});
    }
}

TEST_F(Golden, TcResnetReproducesTheReferenceOnEveryLevel) {
    for (const std::string net : {"tcresnet8", "tcresnet14_15"}) {
        SCOPED_TRACE(net);
        expect_golden(net, net + "_io.npz", "mfcc", {{"prob", "prob"}});
    }
}

TEST_F(Golden, TsmKeepsItsCachesFromFrameToFrameAndForgetsThemOnReset) {
    Arrays golden = testing_support::read_npz(kNets / "tsm_mobilenetv2_io.npz");
    ASSERT_EQ(golden.count("frames"), 1U);
    const std::vector<float>& frames = golden["frames"].values;
    const std::size_t frame = frames.size() / 4;
    on_every_level("tsm_mobilenetv2", [&](Session& session) {
        ASSERT_EQ(session.model().states().size(), 10U);
        for (const int round : {0, 1}) {
            SCOPED_TRACE(round);
            for (std::size_t i = 0; i < 4; ++i) {
                ASSERT_TRUE(session.set_input(0, std::span(frames).subspan(i * frame, frame)));
                ASSERT_TRUE(session.run());
                expect_output(session, "logits", golden["logits" + std::to_string(i)].values);
            }
            for (int i = 0; i < 10; ++i) {
                const std::string cache = "cache" + std::to_string(i);
                expect_output(session, cache + "_out", golden[cache].values);
            }
            session.reset();
        }
    });
}

TEST_F(Golden, ThundernetReproducesTheReferenceOnEveryLevel) {
    expect_golden(
        "thundernet_snet49_stage1", "thundernet_snet49_stage1_golden.npz", "in_input",
        {{"rpn_cls", "out_rpn_cls"}, {"rpn_reg", "out_rpn_reg"}, {"features", "out_features"}});
    expect_golden("thundernet_snet49_stage2", "thundernet_snet49_stage2_golden.npz", "in_rois",
                  {{"cls", "out_cls"}, {"box", "out_box"}});
}

}  // namespace
}  // namespace tarsier::infer
