// SPDX-License-Identifier: Apache-2.0
// The steps of the detector around its two networks, against its reference implementation.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>
#include <tarsier/infer/detection.h>
#include <tarsier/infer/session.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "npz.h"

namespace tarsier::infer {
namespace {

namespace fs = std::filesystem;

const fs::path kNets = fs::path(TARSIER_SOURCE_DIR) / "../shared/nets";
constexpr float kTolerance = 1e-4F;

std::vector<Box> boxes_of(const std::vector<float>& values) {
    std::vector<Box> boxes;
    for (std::size_t i = 0; i + 3 < values.size(); i += 4)
        boxes.push_back({values[i], values[i + 1], values[i + 2], values[i + 3]});
    return boxes;
}

/// Differences in parts of a picture of 320 pixels.
void expect_boxes(const std::vector<Box>& got, const std::vector<Box>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        const float tolerance = kTolerance * 320;
        EXPECT_NEAR(got[i].left, expected[i].left, tolerance) << i;
        EXPECT_NEAR(got[i].top, expected[i].top, tolerance) << i;
        EXPECT_NEAR(got[i].right, expected[i].right, tolerance) << i;
        EXPECT_NEAR(got[i].bottom, expected[i].bottom, tolerance) << i;
    }
}

void expect_values(const std::vector<float>& got, const std::vector<float>& expected) {
    ASSERT_EQ(got.size(), expected.size());
    float scale = 0;
    for (const float x : expected) scale = std::max(scale, std::abs(x));
    for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], expected[i], kTolerance * scale) << i;
}

/// Planes to channels last.
std::vector<float> channels_last(const apps::NpyArray& array) {
    const auto channels = static_cast<std::size_t>(array.shape[1]);
    const std::size_t pixels = array.values.size() / channels;
    std::vector<float> out(array.values.size());
    for (std::size_t c = 0; c < channels; ++c)
        for (std::size_t p = 0; p < pixels; ++p)
            out[p * channels + c] = array.values[c * pixels + p];
    return out;
}

class DetectionGolden : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(kNets)) GTEST_SKIP() << "no ../shared: not compared";
        stage1_ = testing_support::read_npz(kNets / "thundernet_snet49_stage1_golden.npz");
        golden_ = testing_support::read_npz(kNets / "thundernet_snet49_pipeline_golden.npz");
        ASSERT_EQ(golden_.count("det_soft"), 1U);
    }

    const std::vector<float>& golden(const std::string& name) { return golden_[name].values; }

    /// Rows of label, region, box, score. Scores that differ by less than the tolerance may change
    /// places.
    void expect_detections(const std::vector<Detection>& got, const std::vector<float>& rows) {
        ASSERT_EQ(got.size() * 7, rows.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            const float* row = &rows[i * 7];
            EXPECT_NEAR(got[i].score, row[6], kTolerance) << i;
            const auto same = std::find_if(got.begin(), got.end(), [&](const Detection& d) {
                return d.label == static_cast<int>(row[0]) && d.region == static_cast<int>(row[1]);
            });
            ASSERT_NE(same, got.end()) << "label " << row[0] << " of region " << row[1];
            EXPECT_NEAR(same->score, row[6], kTolerance) << i;
            expect_boxes({same->box}, {{row[2], row[3], row[4], row[5]}});
        }
    }

    std::map<std::string, apps::NpyArray> stage1_, golden_;
};

TEST_F(DetectionGolden, AnchorsProposalsAndPooledRegionsAreTheReferences) {
    const std::vector<Box> anchors = anchor_boxes(20, 20);
    expect_boxes(anchors, boxes_of(golden("anchors")));
    const Proposals proposals = propose(anchors, channels_last(stage1_["out_rpn_cls"]),
                                        channels_last(stage1_["out_rpn_reg"]));
    expect_boxes(proposals.boxes, boxes_of(golden("proposals")));
    expect_values(proposals.scores, golden("proposal_scores"));
    const std::vector<float> features = channels_last(stage1_["out_features"]);
    for (const Pooling pooling : {Pooling::Max, Pooling::Mean}) {
        std::vector<float> pooled(golden("pooled_max").size());
        pool_regions(features, 20, 20, boxes_of(golden("proposals")), pooling, pooled);
        expect_values(pooled, golden(pooling == Pooling::Max ? "pooled_max" : "pooled_avg"));
    }
}

TEST_F(DetectionGolden, BoxesAndBothSuppressionsAreTheReferences) {
    const std::vector<Box> proposals = boxes_of(golden("proposals"));
    std::vector<Box> decoded;
    for (std::size_t i = 0; i < proposals.size(); ++i)
        decoded.push_back(decode_box(proposals[i],
                                     std::span<const float, 4>(&golden("box")[4 * i], 4),
                                     {0.1F, 0.1F, 0.2F, 0.2F}, 320, 320));
    expect_boxes(decoded, boxes_of(golden("decoded")));
    expect_detections(detect(proposals, golden("cls"), 81, golden("box")), golden("det_soft"));
    expect_detections(detect(proposals, golden("cls"), 81, golden("box"), {.soft = false}),
                      golden("det_hard"));
}

TEST_F(DetectionGolden, FromThePictureToTheObjectsTheWholeIsTheReference) {
    const auto session = [&](const std::string& net) -> std::unique_ptr<Session> {
        const std::string file = testing::TempDir() + net + "_pipeline.tsr";
        const auto report = convert_onnx(kNets / (net + ".onnx"), file);
        EXPECT_TRUE(report) << report.error().to_string();
        auto model = Model::load(file);
        fs::remove(file);
        EXPECT_TRUE(model);
        auto made = Session::create(*model);
        EXPECT_TRUE(made);
        return std::move(*made);
    };
    const auto first = session("thundernet_snet49_stage1");
    const auto second = session("thundernet_snet49_stage2");
    ASSERT_TRUE(first->set_input(0, stage1_["in_input"].values));
    ASSERT_TRUE(first->run());
    const auto map = [&](int i) {
        const View view = first->output(i);
        return std::span<const float>(view.data, static_cast<std::size_t>(view.shape.elements()));
    };
    const Proposals proposals = propose(anchor_boxes(20, 20), map(0), map(1));
    expect_boxes(proposals.boxes, boxes_of(golden("proposals")));
    const View rois = second->input(0);
    pool_regions(map(2), 20, 20, proposals.boxes, Pooling::Max,
                 {rois.data, static_cast<std::size_t>(rois.shape.elements())});
    ASSERT_TRUE(second->run());
    const View cls = second->output(0);
    const View box = second->output(1);
    expect_detections(detect(proposals.boxes, {cls.data, 8100}, 81, {box.data, 400}),
                      golden("det_soft"));
}

}  // namespace
}  // namespace tarsier::infer
