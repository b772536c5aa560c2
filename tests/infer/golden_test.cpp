// SPDX-License-Identifier: Apache-2.0
// The networks of ../shared/nets against what their reference implementations computed.
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "effort.h"
#include "levels.h"
#include "npz.h"
#include "onnx_proto.h"
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
        macs_ = report->macs;
        auto model = Model::load(file_);
        EXPECT_TRUE(model) << model.error().to_string();
        return model ? *model : nullptr;
    }

    /// Calls compare(session) for every level and some numbers of threads. Plain loops over a large
    /// network are left out where an emulator would take a minute for them: they are the same
    /// source, and run on, every machine.
    template <class Compare>
    void on_every_level(const std::string& net, const Compare& compare) {
        const auto model = convert(net);
        ASSERT_TRUE(model);
        for (const kernels::Level* level : runnable_levels(*model)) {
            const bool plain = level == kernels::levels().begin();
            if (plain && macs_ > 50e6 && !testing_support::thorough()) continue;
            for (const int threads : {1, 3}) {
                SCOPED_TRACE(std::string(level->name) + ", threads " + std::to_string(threads));
                auto session =
                    create_session(model, {.threads = threads}, kernels::table_at(*level));
                ASSERT_TRUE(session) << session.error().to_string();
                compare(**session);
            }
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
    double macs_ = 0;  ///< of the network that was converted last
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

/// Of the mean over a network's last columns, the mean's input as an output, over `columns`
/// columns.
std::string with_features(const std::string& net, int columns, const std::string& to) {
    onnx::ModelProto model;
    std::ifstream in(kNets / (net + ".onnx"), std::ios::binary);
    if (!model.ParseFromIstream(&in)) return {};
    auto* graph = model.mutable_graph();
    graph->clear_value_info();
    auto* shape = graph->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
    shape->mutable_dim(3)->set_dim_value(columns);
    std::string features;
    for (const onnx::NodeProto& node : graph->node())
        if (node.op_type() == "ReduceMean") features = node.input(0);
    auto* output = graph->add_output();
    output->set_name(features);
    output->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    std::ofstream out(to, std::ios::binary);
    model.SerializeToOstream(&out);
    return features;
}

/// The latest columns of a network that runs by the hop, which its mean keeps as a state.
View latest_columns(Session& session, std::int64_t channels, std::int64_t columns) {
    View found;
    for (const StateInfo& state : session.model().states()) {
        const View view = session.input(state.input);
        if (view.shape[2] == columns && view.shape[3] == channels) found = view;
    }
    return found;
}

/// The class probabilities of some columns of features, by the network's last weights, worked out
/// apart from the runtime.
std::vector<float> classified(const std::string& onnx, const float* columns, int count) {
    onnx::ModelProto model;
    std::ifstream in(onnx, std::ios::binary);
    model.ParseFromIstream(&in);
    std::string name;
    for (const onnx::NodeProto& node : model.graph().node())
        if (node.op_type() == "Conv") name = node.input(1);
    std::vector<double> logits;
    for (const onnx::TensorProto& tensor : model.graph().initializer()) {
        if (tensor.name() != name) continue;
        const auto channels = static_cast<std::size_t>(tensor.dims(1));
        std::vector<float> weights(static_cast<std::size_t>(tensor.dims(0)) * channels);
        std::memcpy(weights.data(), tensor.raw_data().data(), weights.size() * sizeof(float));
        logits.resize(weights.size() / channels);
        for (std::size_t i = 0; i < weights.size(); ++i)
            for (int k = 0; k < count; ++k)
                logits[i / channels] +=
                    double{weights[i]} *
                    columns[static_cast<std::size_t>(k) * channels + i % channels] / count;
    }
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    std::vector<float> out;
    for (const double logit : logits) out.push_back(static_cast<float>(std::exp(logit) / sum));
    return out;
}

TEST_F(Golden, TcResnetByTheHopEqualsTheWholeSignalForATwelfthOfTheWork) {
    struct Case {
        std::string net;
        double macs;  // of a hop of 8 frames, after the specification
        int delay;    // of the last columns, in hops
    };
    for (const Case& test : {Case{"tcresnet8", 121'920, 10}, {"tcresnet14_15", 531'936, 24}}) {
        SCOPED_TRACE(test.net);
        constexpr int kColumns = 8 * 90;
        constexpr int kMean = 13;         // columns that the classifier sees
        constexpr int kKept = kMean - 1;  // as a state
        const std::string onnx = file_ + ".onnx";
        const std::string features = with_features(test.net, kColumns, onnx);
        ASSERT_FALSE(features.empty());
        ASSERT_TRUE(convert_onnx(onnx, file_));
        const auto whole = Model::load(file_);
        ASSERT_TRUE(whole);
        ConvertOptions by_the_hop;
        by_the_hop.hop = 8;
        const auto report = convert_onnx(kNets / (test.net + ".onnx"), file_, by_the_hop);
        ASSERT_TRUE(report) << report.error().to_string();
        EXPECT_EQ(report->macs, test.macs);
        const auto hops = Model::load(file_);
        ASSERT_TRUE(hops) << hops.error().to_string();
        auto all = Session::create(*whole);
        auto one = Session::create(*hops);
        ASSERT_TRUE(all && one);
        std::mt19937 engine(5);
        std::normal_distribution<float> noise(0, 3);
        const View input = (*all)->input(0);
        std::vector<float> signal(static_cast<std::size_t>(input.shape.elements()));
        for (float& value : signal) value = noise(engine);
        std::copy(signal.begin(), signal.end(), input.data);
        ASSERT_TRUE((*all)->run());
        const View columns = (*all)->output(1);
        ASSERT_EQ(columns.shape[2], kColumns / 8);
        float scale = 0;
        for (std::int64_t i = 0; i < columns.shape.elements(); ++i)
            scale = std::max(scale, std::abs(columns.data[i]));
        for (int hop = 0; hop < kColumns / 8; ++hop) {
            const View in = (*one)->input(0);
            std::copy_n(signal.data() + hop * in.shape.elements(), in.shape.elements(), in.data);
            ASSERT_TRUE((*one)->run());
            const int last = hop - test.delay;  // the latest column
            const int first = last - kKept + 1;
            // The beginning is what both fill up with zeros.
            if (first - 1 <= 2 * test.delay) continue;
            const View kept = latest_columns(**one, columns.shape[3], kKept);
            ASSERT_TRUE(kept.data);
            for (std::int64_t i = 0; i < kept.shape.elements(); ++i)
                ASSERT_NEAR(kept.data[i], columns.data[first * columns.shape[3] + i], 1e-4 * scale)
                    << "hop " << hop << " value " << i;
            expect_output(**one, "prob",
                          classified(onnx, columns.data + (first - 1) * columns.shape[3], kMean));
        }
        fs::remove(onnx);
    }
}

TEST_F(Golden, TsmKeepsItsCachesFromFrameToFrameAndForgetsThemOnReset) {
    Arrays golden = testing_support::read_npz(kNets / "tsm_mobilenetv2_io.npz");
    ASSERT_EQ(golden.count("frames"), 1U);
    const std::vector<float>& frames = golden["frames"].values;
    const std::size_t frame = frames.size() / 4;
    on_every_level("tsm_mobilenetv2", [&](Session& session) {
        ASSERT_EQ(session.model().states().size(), 10U);
        const auto see = [&](std::size_t i) {
            SCOPED_TRACE(i);
            ASSERT_TRUE(session.set_input(0, std::span(frames).subspan(i * frame, frame)));
            ASSERT_TRUE(session.run());
            expect_output(session, "logits", golden["logits" + std::to_string(i)].values);
        };
        for (std::size_t i = 0; i < 4; ++i) see(i);
        for (int i = 0; i < 10; ++i) {
            const std::string cache = "cache" + std::to_string(i);
            expect_output(session, cache + "_out", golden[cache].values);
        }
        session.reset();
        see(0);  // as the very first
    });
}

TEST_F(Golden, ThundernetReproducesTheReferenceOnEveryLevel) {
    expect_golden(
        "thundernet_snet49_stage1", "thundernet_snet49_stage1_golden.npz", "in_input",
        {{"rpn_cls", "out_rpn_cls"}, {"rpn_reg", "out_rpn_reg"}, {"features", "out_features"}});
    expect_golden("thundernet_snet49_stage2", "thundernet_snet49_stage2_golden.npz", "in_rois",
                  {{"cls", "out_cls"}, {"box", "out_box"}});
}

TEST_F(Golden, EveryNetworkFinishesOnNumbersThatAreNotFinite) {
    int networks = 0;
    for (const auto& entry : fs::directory_iterator(kNets)) {
        if (entry.path().extension() != ".onnx") continue;
        SCOPED_TRACE(entry.path().stem().string());
        const auto model = convert(entry.path().stem().string());
        ASSERT_TRUE(model);
        auto session = Session::create(model);
        ASSERT_TRUE(session) << session.error().to_string();
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
            for (std::size_t i = 0; i < model->inputs().size(); ++i) {
                const View view = (*session)->input(static_cast<int>(i));
                std::fill_n(view.data, view.shape.elements(), bad);
            }
            EXPECT_TRUE((*session)->run());
            if (!testing_support::thorough()) break;
        }
        ++networks;
    }
    EXPECT_EQ(networks, 9);
}

}  // namespace
}  // namespace tarsier::infer
