// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/infer/convert.h>
#include <tarsier/infer/quantize.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <random>

#include "effort.h"
#include "infer/levels.h"
#include "session.h"

namespace fs = std::filesystem;

namespace tarsier::infer {
namespace {

struct Network {
    const char* name;
    double most;  ///< of the integer file's size, in parts of the float one's

    friend void PrintTo(const Network& network, std::ostream* out) { *out << network.name; }
};

/// The five networks with random weights, as integer ones calibrated on noise.
class FiveNetworks : public testing::TestWithParam<Network> {
  protected:
    void SetUp() override {
        const fs::path onnx = fs::path(TARSIER_SOURCE_DIR) / "../shared/nets" /
                              (std::string(GetParam().name) + ".onnx");
        if (!fs::exists(onnx)) GTEST_SKIP() << onnx << " is not there";
        folder_ = testing::TempDir();
        float_ = folder_ / (std::string(GetParam().name) + ".tsr");
        integer_ = folder_ / (std::string(GetParam().name) + "-int8.tsr");
        ASSERT_TRUE(convert_onnx(onnx, float_));
        auto model = Model::load(float_);
        ASSERT_TRUE(model);
        const int samples = testing_support::thorough() ? 2 : 1;
        for (int i = 0; i < samples; ++i) samples_.push_back(noise(**model));
        QuantizeOptions options;
        options.ranges = RangeMethod::MinMax;
        options.equalize = false;
        const auto report = quantize_model(*model, samples_, integer_, options);
        ASSERT_TRUE(report) << report.error().to_string();
        EXPECT_EQ(report->float_layers, 0);
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove(float_, ignored);
        fs::remove(integer_, ignored);
    }

    Sample noise(const Model& model) {
        std::uniform_real_distribution<float> values(0, 1);
        Sample sample(model.inputs().size());
        for (std::size_t i = 0; i < sample.size(); ++i) {
            const auto is_input = [&](const StateInfo& state) {
                return state.input == static_cast<int>(i);
            };
            if (std::any_of(model.states().begin(), model.states().end(), is_input)) continue;
            sample[i].resize(static_cast<std::size_t>(model.inputs()[i].shape.elements()));
            for (float& value : sample[i]) value = values(random_);
        }
        return sample;
    }

    /// All outputs of all samples, one after the other.
    std::vector<float> run(const std::shared_ptr<const Model>& model, const kernels::Level& level) {
        const kernels::Table table = kernels::table_at(level);
        auto session = create_session(model, {}, table);
        EXPECT_TRUE(session);
        std::vector<float> all;
        for (const Sample& sample : samples_) {
            for (std::size_t i = 0; i < sample.size(); ++i) {
                if (sample[i].empty()) continue;
                EXPECT_TRUE((*session)->set_input(static_cast<int>(i), sample[i]));
            }
            EXPECT_TRUE((*session)->run());
            for (std::size_t i = 0; i < model->outputs().size(); ++i) {
                const View out = (*session)->output(static_cast<int>(i));
                all.insert(all.end(), out.data, out.data + out.shape.elements());
            }
        }
        return all;
    }

    fs::path folder_, float_, integer_;
    std::vector<Sample> samples_;
    std::mt19937 random_{1};
};

TEST_P(FiveNetworks, GiveTheSameBitsOnEveryLevelAsIntegers) {
    const auto model = Model::load(integer_);
    ASSERT_TRUE(model) << model.error().to_string();
    const auto levels = runnable_levels(**model);
    const std::vector<float> expected = run(*model, *levels.front());
    for (std::size_t i = 1; i < levels.size(); ++i)
        EXPECT_TRUE(run(*model, *levels[i]) == expected) << levels[i]->name;
    EXPECT_LE(static_cast<double>(fs::file_size(integer_)),
              GetParam().most * static_cast<double>(fs::file_size(float_)));
}

INSTANTIATE_TEST_SUITE_P(All, FiveNetworks,
                         testing::Values(Network{"mmnet", 0.33}, Network{"tcresnet8", 0.33},
                                         Network{"tcresnet14_15", 0.27},
                                         Network{"tsm_mobilenetv2", 0.27},
                                         Network{"pfld_025x", 0.33}, Network{"pfld_1x", 0.27},
                                         Network{"thundernet_snet49_stage1", 0.27},
                                         Network{"thundernet_snet49_stage2", 0.27},
                                         Network{"thundernet_snet146_stage1", 0.27}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tarsier::infer
