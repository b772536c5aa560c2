// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "infer/levels.h"
#include "observer.h"
#include "session.h"
#include "small_nets.h"

namespace tarsier::infer {
namespace {

using testing::HasSubstr;

class Quantize : public testing::Test {
  protected:
    std::filesystem::path file(const std::string& name = "a-int8.tsr") {
        return std::filesystem::path(testing::TempDir()) / name;
    }
    Result<QuantizeReport> quantize(const std::shared_ptr<const NetModel>& model,
                                    const QuantizeOptions& options = {}) {
        samples_ = nets_.samples(*model, 12);
        return quantize_model(model, samples_, file(), options);
    }
    std::vector<float> run(const std::shared_ptr<const Model>& model, const Sample& sample,
                           const kernels::Level* level = nullptr) {
        const kernels::Table table = level ? kernels::table_at(*level) : kernels::table();
        auto session = create_session(model, {}, table);
        EXPECT_TRUE(session);
        EXPECT_TRUE((*session)->set_input(0, sample[0]));
        EXPECT_TRUE((*session)->run());
        const View out = (*session)->output(0);
        return {out.data, out.data + out.shape.elements()};
    }

    SmallNets nets_;
    std::vector<Sample> samples_;
};

TEST_F(Quantize, WritesAnIntegerNetworkCloseToTheFloatOne) {
    const auto model = nets_.classifier();
    const auto report = quantize(model);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->float_layers, 0);
    EXPECT_EQ(report->layers.size(), model->net().steps.size());
    EXPECT_GT(report->outputs_db[0], 25);
    const auto loaded = Model::load(file());
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    EXPECT_EQ((*loaded)->name(), "a-int8");
    for (const Sample& sample : samples_) {
        const auto expected = run(model, sample);
        const auto actual = run(*loaded, sample);
        for (std::size_t i = 0; i < expected.size(); ++i)
            EXPECT_NEAR(actual[i], expected[i], 0.03F);
    }
}

TEST_F(Quantize, GivesTheSameBitsOnEveryLevel) {
    ASSERT_TRUE(quantize(nets_.classifier()));
    const auto loaded = Model::load(file());
    ASSERT_TRUE(loaded);
    for (const Sample& sample : samples_) {
        const auto expected = run(*loaded, sample);
        for (const kernels::Level* level : runnable_levels())
            EXPECT_EQ(run(*loaded, sample, level), expected) << level->name;
    }
}

TEST_F(Quantize, TabulatesPReluForEachChannelOrForAll) {
    const auto model = nets_.rectified();
    const auto report = quantize(model);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->float_layers, 0);
    auto loaded = Model::load(file());
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    const auto& net = dynamic_cast<const NetModel&>(**loaded).net();
    std::vector<std::uint64_t> tables;
    for (const NetStep& step : net.steps)
        if (step.op == "lookup")
            tables.push_back(net.constants[static_cast<std::size_t>(step.constants[0])].count);
    EXPECT_THAT(tables, testing::ElementsAre(20 * 256, 256));
    const std::vector<float> expected = run(model, samples_[0]);
    const std::vector<float> got = run(*loaded, samples_[0]);
    const auto [low, high] = std::minmax_element(expected.begin(), expected.end());
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(got[i], expected[i], 0.04F * (*high - *low)) << i;
    for (const kernels::Level* level : runnable_levels())
        EXPECT_EQ(run(*loaded, samples_[0], level), got) << level->name;
}

TEST_F(Quantize, ReportsWhatEveryLayerHolds) {
    const auto report = quantize(nets_.classifier());
    ASSERT_TRUE(report);
    for (const LayerReport& layer : report->layers) {
        EXPECT_TRUE(layer.integer) << layer.name;
        EXPECT_GT(layer.sqnr_db, 15) << layer.name;
        EXPECT_LE(layer.low, 0) << layer.name;
        EXPECT_GT(layer.high, 0) << layer.name;
        EXPECT_LT(layer.saturated, 0.1) << layer.name;
    }
    EXPECT_EQ(report->layers[0].op, "conv");
    EXPECT_EQ(report->layers[0].shape, "8x8x8");
    EXPECT_NEAR(report->layers[0].low, 0, 1e-6) << "below a ReLU6 nothing needs a level";
}

TEST_F(Quantize, KeepsLayersFloatUntilTheBudgetIsMet) {
    const auto whole = quantize(nets_.chain());
    ASSERT_TRUE(whole);
    QuantizeOptions options;
    options.budget_db = whole->outputs_db[0] + 6;
    SmallNets again;
    const auto model = again.chain();
    const auto mixed = quantize_model(model, samples_, file("a-mixed.tsr"), options);
    ASSERT_TRUE(mixed) << mixed.error().to_string();
    EXPECT_GT(mixed->float_layers, 0);
    EXPECT_LT(mixed->float_layers, static_cast<int>(mixed->layers.size()));
    EXPECT_GE(mixed->outputs_db[0], options.budget_db);
    ASSERT_TRUE(Model::load(file("a-mixed.tsr")));
}

TEST_F(Quantize, BecomesExactWhenTheBudgetIsOutOfReach) {
    QuantizeOptions options;
    options.budget_db = 110;
    const auto report = quantize(nets_.chain(), options);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->float_layers, static_cast<int>(report->layers.size()));
}

TEST_F(Quantize, MeasuresNoWorseByTheBestMethodThanByAnyOther) {
    QuantizeOptions options;
    const auto best = quantize(nets_.chain(), options);
    ASSERT_TRUE(best);
    for (const RangeMethod method :
         {RangeMethod::MinMax, RangeMethod::Percentile, RangeMethod::MeanSquareError}) {
        SmallNets again;
        options.ranges = method;
        const auto other = quantize_model(again.chain(), samples_, file(), options);
        ASSERT_TRUE(other);
        EXPECT_GE(best->outputs_db[0], other->outputs_db[0] - 1e-9);
    }
}

TEST_F(Quantize, KeepsStatesFromRunToRun) {
    NetBuilder b;
    const int input = b.tensor(4, 4, 8);
    const int state = b.tensor(4, 4, 8);
    const int next = b.tensor(4, 4, 8);
    b.input(input);
    b.input(state, "memory");
    b.step("add", {input, state}, next, {}, {{"max", 3}});
    b.output(nets_.conv1x1(b, next, 4));
    b.output(next, "memory_out");
    b.net.states.push_back({1, 1});
    const auto model = std::make_shared<const NetModel>(b.net, std::make_shared<NetBuilder>(b));
    std::vector<Sample> samples;
    for (int i = 0; i < 6; ++i) samples.push_back({nets_.random(128, 0, 1), {}});
    ASSERT_TRUE(quantize_model(model, samples, file()));
    const auto loaded = Model::load(file());
    ASSERT_TRUE(loaded);
    auto session = Session::create(*loaded);
    ASSERT_TRUE(session);
    std::vector<float> sum(128);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE((*session)->set_input(0, samples[static_cast<std::size_t>(i)][0]));
        ASSERT_TRUE((*session)->run());
        for (std::size_t j = 0; j < sum.size(); ++j)
            sum[j] = std::min(sum[j] + samples[static_cast<std::size_t>(i)][0][j], 3.0F);
    }
    std::vector<float> memory(128);
    ASSERT_TRUE((*session)->get_output(1, memory));
    for (std::size_t j = 0; j < sum.size(); ++j) EXPECT_NEAR(memory[j], sum[j], 0.05F);
}

TEST_F(Quantize, TellsHowFarItIs) {
    QuantizeOptions options;
    std::vector<double> shares;
    options.progress = [&](double share) { shares.push_back(share); };
    ASSERT_TRUE(quantize(nets_.chain(), options));
    ASSERT_GT(shares.size(), 4U);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_EQ(shares.back(), 1);
}

TEST_F(Quantize, RefusesToWorkWithoutSamples) {
    const auto report = quantize_model(nets_.chain(), {}, file());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::Invalid);
    EXPECT_THAT(report.error().message, HasSubstr("no samples"));
}

TEST_F(Quantize, RefusesSamplesThatDoNotFit) {
    const std::vector<Sample> few{{{1, 2, 3}}};
    const auto report = quantize_model(nets_.chain(), few, file());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::Invalid);
    EXPECT_THAT(report.error().message, HasSubstr("3 values do not fit"));
}

TEST_F(Quantize, RefusesSamplesThatAreNotFinite) {
    const auto model = nets_.chain();
    std::vector<Sample> samples = nets_.samples(*model, 1);
    samples[0][0][5] = std::numeric_limits<float>::quiet_NaN();
    const auto report = quantize_model(model, samples, file());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::BadData);
    EXPECT_THAT(report.error().message, HasSubstr("not finite"));
}

TEST_F(Quantize, RefusesAModelThatIsQuantizedAlready) {
    ASSERT_TRUE(quantize(nets_.chain()));
    const auto loaded = Model::load(file());
    ASSERT_TRUE(loaded);
    const auto report = quantize_model(*loaded, samples_, file());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::Unsupported);
    EXPECT_THAT(report.error().message, HasSubstr("quantized already"));
}

TEST_F(Quantize, SaysWhereItCannotWrite) {
    const auto model = nets_.chain();
    const auto report =
        quantize_model(model, nets_.samples(*model, 1), "/nonexistent/folder/a.tsr");
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("/nonexistent/folder/a.tsr"));
}

}  // namespace
}  // namespace tarsier::infer
