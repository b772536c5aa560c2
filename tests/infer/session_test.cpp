// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <gtest/gtest.h>
#include <tarsier/base/assets.h>

#include <cmath>
#include <cstdlib>

#include "allocations.h"
#include "effort.h"
#include "levels.h"
#include "net_builder.h"
#include "plan/arena.h"

namespace tarsier::infer {
namespace {

const std::string kModel = TARSIER_SOURCE_DIR "/assets/models/mmnet-256.tsr";

/// A person-like blob on a gradient: the same picture on every machine.
void draw(const View& view) {
    const auto side = static_cast<double>(view.shape[1]);
    for (std::int64_t y = 0; y < view.shape[1]; ++y)
        for (std::int64_t x = 0; x < view.shape[2]; ++x)
            for (std::int64_t c = 0; c < 3; ++c) {
                const double dx = (static_cast<double>(x) - side / 2) / (side / 4);
                const double dy = (static_cast<double>(y) - side / 2) / (side / 3);
                const double person = dx * dx + dy * dy < 1 ? 0.8 - 0.2 * static_cast<double>(c)
                                                            : static_cast<double>(y) / side;
                view.data[(y * view.shape[2] + x) * 3 + c] = static_cast<float>(person);
            }
}

std::vector<float> matte(Session& session) {
    draw(session.input(0));
    EXPECT_TRUE(session.run());
    const View out = session.output(0);
    return {out.data, out.data + out.shape.elements()};
}

TEST(Session, RunsTheShippedModelTheSameOnEveryLevelAndForAnyNumberOfThreads) {
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model) << model.error().to_string();
    std::vector<float> expected;
    for (const kernels::Level* level : runnable_levels(**model))
        for (const int threads : {1, 2, 5}) {
            if (threads == 2 && !testing_support::thorough()) continue;
            auto session = create_session(*model, {.threads = threads}, kernels::table_at(*level));
            ASSERT_TRUE(session) << session.error().to_string();
            const std::vector<float> got = matte(**session);
            if (expected.empty()) expected = got;
            ASSERT_EQ(got.size(), expected.size());
            for (std::size_t i = 0; i < got.size(); ++i)
                ASSERT_NEAR(got[i], expected[i], 1e-4) << level->name << " at " << i;
        }
}

TEST(Session, GivesTheShippedModelsKnownAnswer) {
    // As ONNX Runtime 1.30 computes it from the ONNX file on the same drawn picture.
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model) << model.error().to_string();
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    const std::vector<float> got = matte(**session);
    double mean = 0;
    for (std::size_t i = 1; i < got.size(); i += 2) mean += got[i];
    mean /= static_cast<double>(got.size()) / 2;
    EXPECT_NEAR(mean, 0.284693, 1e-4);
    EXPECT_NEAR(got[(128 * 256 + 128) * 2 + 1], 0.998438, 1e-4);
    EXPECT_NEAR(got[(250 * 256 + 10) * 2 + 1], 0.066085, 1e-4);
}

TEST(Session, GivesTheSameAgainAndAgain) {
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model);
    auto session = Session::create(*model, {.threads = 2});
    ASSERT_TRUE(session);
    const std::vector<float> first = matte(**session);
    EXPECT_EQ(matte(**session), first);
}

TEST(Session, DoesNotAllocateWhileRunning) {
    if (!allocations()) GTEST_SKIP() << "a sanitizer brings its own allocator";
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model);
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    ASSERT_TRUE((*session)->run());
    const auto before = allocations();
    ASSERT_TRUE((*session)->run());
    EXPECT_EQ(allocations(), before);
}

TEST(Session, TellsTheTimeAndWorkOfEveryStep) {
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model);
    auto session = Session::create(*model);
    ASSERT_TRUE(session);
    std::vector<StepTime> steps;
    ASSERT_TRUE((*session)->run_timed(steps));
    double macs = 0;
    for (const StepTime& step : steps) {
        EXPECT_FALSE(step.name.empty());
        EXPECT_FALSE(step.op.empty());
        EXPECT_FALSE(step.level.empty()) << step.name << " is done by a kernel of some level";
        macs += step.macs;
    }
    EXPECT_GT(macs, 300e6);
    EXPECT_LT(macs, 328e6);  // less than the network has before the passes
}

TEST(Session, TakesAndGivesValuesInTheOrderOfTheOnnxFile) {
    NetBuilder builder;
    const int in = builder.tensor(1, 2, 3);
    const int out = builder.tensor(1, 2, 3);
    builder.input(in);
    builder.step("clamp", {in}, out);
    builder.output(out);
    auto session = Session::create(std::make_shared<const NetModel>(builder.net, nullptr));
    ASSERT_TRUE(session);
    const std::vector<float> planes = {1, 2, 3, 4, 5, 6};
    ASSERT_TRUE((*session)->set_input(0, planes));
    const View view = (*session)->input(0);
    const std::vector<float> pixels(view.data, view.data + 6);
    EXPECT_EQ(pixels, (std::vector<float>{1, 3, 5, 2, 4, 6}));
    ASSERT_TRUE((*session)->run());
    std::vector<float> back(6);
    ASSERT_TRUE((*session)->get_output(0, back));
    EXPECT_EQ(back, planes);
    const Status status = (*session)->set_input(0, std::vector<float>(5));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Invalid);
    EXPECT_NE(status.error().message.find("1x3x1x2"), std::string::npos);
}

TEST(Session, ReadsAndWritesSlicesOfWiderTensors) {
    NetBuilder builder;
    const int in = builder.tensor(1, 1, 4);
    const int low = builder.tensor(1, 1, 2, in, 0);
    const int high = builder.tensor(1, 1, 2, in, 2);
    const int out = builder.tensor(1, 1, 4);
    builder.input(in);
    builder.step("clamp", {high}, builder.tensor(1, 1, 2, out, 0));
    builder.step("clamp", {low}, builder.tensor(1, 1, 2, out, 2));
    builder.output(out);
    auto session = Session::create(std::make_shared<const NetModel>(builder.net, nullptr));
    ASSERT_TRUE(session);
    ASSERT_TRUE((*session)->set_input(0, std::vector<float>{1, 2, 3, 4}));
    ASSERT_TRUE((*session)->run());
    const View view = (*session)->output(0);
    EXPECT_EQ(std::vector<float>(view.data, view.data + 4), (std::vector<float>{3, 4, 1, 2}));
}

TEST(Session, PassesOnTensorsThatItLaysOutWithGaps) {
    constexpr int kChannels = 256;  // so many that pixels would share their places in a cache
    NetBuilder b;
    const int in = b.tensor(2, 3, kChannels);
    const int middle = b.tensor(2, 3, kChannels);
    const int out = b.tensor(2, 3, kChannels);
    b.input(in);
    b.step("clamp", {in}, middle);
    b.step("add", {b.tensor(2, 3, kChannels, middle), middle}, out);
    b.output(out);
    auto session = Session::create(std::make_shared<const NetModel>(b.net, nullptr));
    ASSERT_TRUE(session);
    const View from = (*session)->input(0);
    for (std::int64_t i = 0; i < from.shape.elements(); ++i) from.data[i] = static_cast<float>(i);
    ASSERT_TRUE((*session)->run());
    const View to = (*session)->output(0);
    for (std::int64_t i = 0; i < to.shape.elements(); ++i)
        ASSERT_EQ(to.data[i], 2 * static_cast<float>(i));
    // The input's place is free when the output is written.
    EXPECT_GT((*session)->arena_bytes(), 2 * std::size_t{2} * 3 * kChannels * sizeof(float));
    EXPECT_LT((*session)->arena_bytes(), 3 * std::size_t{2} * 3 * kChannels * sizeof(float));
}

/// A sum over all runs, which is an output and kept as the state "sum". The step that keeps it
/// comes before or after the one that reads it.
std::unique_ptr<Session> summing(bool keep_first) {
    NetBuilder b;
    const int in = b.tensor(1, 1, 2);
    const int past = b.tensor(1, 1, 2);
    const int now = b.tensor(1, 1, 2);
    const int out = b.tensor(1, 1, 2);
    b.input(in);
    b.input(past, "sum");
    if (keep_first) b.step("add", {in, past}, now);
    b.step("add", {in, past}, out);
    if (!keep_first) b.step("clamp", {out}, now);
    b.output(out);
    b.output(now, "sum_out");
    b.net.states = {{1, 1}};
    auto session = Session::create(std::make_shared<const NetModel>(b.net, nullptr));
    return session ? std::move(*session) : nullptr;
}

TEST(Session, KeepsStatesWithoutACopyWhereTheyAreReadBeforeTheyAreWritten) {
    for (const bool keep_first : {false, true}) {
        const auto session = summing(keep_first);
        ASSERT_TRUE(session);
        EXPECT_EQ(session->input(1).data == session->output(1).data, !keep_first);
        for (int run = 1; run <= 3; ++run) {
            ASSERT_TRUE(session->set_input(0, std::vector<float>{1, 10}));
            ASSERT_TRUE(session->run());
            for (const View& view : {session->output(0), session->output(1), session->input(1)}) {
                EXPECT_EQ(view.data[0], 1.0F * static_cast<float>(run));
                EXPECT_EQ(view.data[1], 10.0F * static_cast<float>(run));
            }
        }
        session->reset();
        EXPECT_EQ(session->input(1).data[1], 0);
    }
}

TEST(Session, RefusesImpossibleNumbersOfThreads) {
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model);
    for (const int threads : {0, -1, 65}) {
        const auto session = Session::create(*model, {.threads = threads});
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, Code::Invalid);
    }
}

TEST(Arena, ReusesMemoryOnlyWhenNobodyNeedsItAnyMore) {
    std::vector<Block> blocks = {{100, 0, 1, 0}, {64, 1, 2, 0}, {100, 2, 3, 0}, {10, 0, 3, 0}};
    const std::size_t bytes = plan_arena(blocks);
    EXPECT_EQ(blocks[0].offset, blocks[2].offset);
    EXPECT_LE(bytes, 128U + 64 + 64);
    for (const Block& a : blocks) {
        EXPECT_EQ(a.offset % 64, 0U);
        EXPECT_LE(a.offset + a.bytes, bytes);
        for (const Block& b : blocks) {
            if (&a == &b || a.last < b.first || b.last < a.first) continue;
            EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
        }
    }
}

TEST(Model, NamesTheModelsThereAreWhenOneIsMissing) {
    ::setenv("TARSIER_ASSETS", TARSIER_SOURCE_DIR "/assets", 1);
    const auto model = Model::find("mmnet-265");
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, Code::NotFound);
    EXPECT_NE(model.error().hint.find("mmnet-256"), std::string::npos) << model.error().hint;
    EXPECT_TRUE(Model::find("mmnet-256"));
}

TEST(Model, CarriesItsTaskPreprocessingAndLicence) {
    const auto model = Model::load(kModel);
    ASSERT_TRUE(model);
    EXPECT_EQ((*model)->task(), "matting");
    EXPECT_EQ((*model)->metadata().at("licence"), "Apache-2.0");
    EXPECT_NE((*model)->metadata().at("preprocessing").find("RGB"), std::string::npos);
    EXPECT_EQ((*model)->inputs()[0].shape, (Shape{1, 3, 256, 256}));
    EXPECT_EQ((*model)->outputs()[0].name, "prob");
}

}  // namespace
}  // namespace tarsier::infer
