// SPDX-License-Identifier: Apache-2.0
// Integer networks that ship give the same bits on every processor: what is expected here was
// computed once, by the scalar kernels on x86-64.
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <ostream>

#include "levels.h"
#include "session.h"

namespace tarsier::infer {
namespace {

struct Golden {
    const char* model;
    std::uint64_t checksum;  ///< of the outputs of all runs
    int runs = 3;

    friend void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.model; }
};

/// FNV-1a over words of four bytes.
std::uint64_t checksum(const std::vector<float>& values) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const float value : values)
        hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3U;
    return hash;
}

class IntegerModels : public testing::TestWithParam<Golden> {
  protected:
    /// Values that every machine computes alike.
    static void fill(const View& view, std::uint32_t& state) {
        for (std::int64_t i = 0; i < view.shape.elements(); ++i) {
            state = state * 1664525U + 1013904223U;
            view.data[i] = static_cast<float>(state >> 8) / 16777216.0F;
        }
    }
    static std::uint64_t run(const std::shared_ptr<const Model>& model, const kernels::Level& level,
                             int runs) {
        const kernels::Table table = kernels::table_at(level);
        auto session = create_session(model, {}, table);
        EXPECT_TRUE(session);
        std::vector<float> all;
        std::uint32_t state = 1;
        for (int i = 0; i < runs; ++i) {
            fill((*session)->input(0), state);
            EXPECT_TRUE((*session)->run());
            const View out = (*session)->output(0);
            all.insert(all.end(), out.data, out.data + out.shape.elements());
        }
        return checksum(all);
    }
};

TEST_P(IntegerModels, GiveTheSameBitsOnEveryProcessorAndLevel) {
    const auto model = Model::load(std::filesystem::path(TARSIER_SOURCE_DIR) / "assets/models" /
                                   (std::string(GetParam().model) + ".tsr"));
    ASSERT_TRUE(model) << model.error().to_string();
    for (const kernels::Level* level : runnable_levels(**model))
        EXPECT_EQ(run(*model, *level, GetParam().runs), GetParam().checksum) << level->name;
}

TEST(LevelInputs, TakeTheLevelsThatTheNetworkWouldMake) {
    const auto model =
        Model::load(std::filesystem::path(TARSIER_SOURCE_DIR) / "assets/models/mmnet-128-int8.tsr");
    ASSERT_TRUE(model) << model.error().to_string();
    auto floats = Session::create(*model);
    auto levels = Session::create(*model, {.levels = true});
    ASSERT_TRUE(floats && levels);
    EXPECT_EQ((*floats)->input_levels(0).data, nullptr);
    EXPECT_EQ((*levels)->input(0).data, nullptr);
    EXPECT_EQ((*levels)->model().inputs()[0].type, ElementType::U8);
    const View in = (*floats)->input(0);
    const LevelView to = (*levels)->input_levels(0);
    ASSERT_EQ(to.shape, in.shape);
    for (int run = 0; run < 2; ++run) {
        for (std::int64_t i = 0; i < in.shape.elements(); ++i)
            in.data[i] = static_cast<float>((i * 37 + run) % 1009) / 900;
        const kernels::QuantizeI8 quantize{in.data, 1, to.data, 1, 1, to.factor, to.zero_point};
        kernels::table().quantize_i8(quantize, 0, in.shape.elements());
        ASSERT_TRUE((*floats)->run() && (*levels)->run());
        const View a = (*floats)->output(0);
        const View b = (*levels)->output(0);
        for (std::int64_t i = 0; i < a.shape.elements(); ++i) ASSERT_EQ(a.data[i], b.data[i]) << i;
    }
    const Status refused = (*levels)->set_input(0, std::vector<float>(in.shape.elements()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Invalid);
}

TEST(LevelInputs, LeaveNetworksOfFloatsAsTheyAre) {
    const auto model = Model::load(std::filesystem::path(TARSIER_SOURCE_DIR) /
                                   "assets/models/tcresnet8-commands-ar.tsr");
    ASSERT_TRUE(model) << model.error().to_string();
    auto session = Session::create(*model, {.levels = true});
    ASSERT_TRUE(session);
    EXPECT_EQ((*session)->input_levels(0).data, nullptr);
    EXPECT_NE((*session)->input(0).data, nullptr);
}

INSTANTIATE_TEST_SUITE_P(All, IntegerModels,
                         testing::Values(Golden{"mmnet-128-int8", 0x13ce5d006c8903eaU},
                                         Golden{"mmnet-256-int8", 0xa7ad5f2d03fc29bbU, 1},
                                         Golden{"pfld-68-1x-int8", 0xb485b0953beb6bffU, 1},
                                         Golden{"pfld-68-025x-int8", 0xade6935540d65494U},
                                         Golden{"tcresnet8-commands-ar-int8", 0x725bb1b0c47cc0f7U},
                                         Golden{"tcresnet8-commands-en-int8", 0xdc26ee134c754e75U},
                                         Golden{"tcresnet8-digits-en-int8", 0xf800781a0a874e75U},
                                         Golden{"tcresnet8-wake-en-int8", 0x4fc0323d193a2305U}));

}  // namespace
}  // namespace tarsier::infer
