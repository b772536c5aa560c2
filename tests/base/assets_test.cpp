// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/assets.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace tarsier {
namespace {

namespace fs = std::filesystem;

class Assets : public testing::Test {
  protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) / (std::string("assets_") + test->name());
        fs::create_directories(folder_ / "models");
        std::ofstream(folder_ / "models/tiny.tsr") << "x";
        setenv("TARSIER_ASSETS", folder_.c_str(), 1);
    }
    void TearDown() override {
        unsetenv("TARSIER_ASSETS");
        fs::remove_all(folder_);
    }
    fs::path folder_;
};

TEST_F(Assets, FindsAFileByItsStem) {
    EXPECT_EQ(find_asset("models", "tiny", ".tsr"), folder_ / "models/tiny.tsr");
    EXPECT_EQ(find_asset("models", "absent", ".tsr"), std::nullopt);
}

TEST_F(Assets, TakesAPathAsItIs) {
    const fs::path file = folder_ / "models/tiny.tsr";
    EXPECT_EQ(find_asset("models", file.string(), ".tsr"), file);
}

TEST_F(Assets, SampleMediaLieWhereTheEnvironmentSays) {
    setenv("TARSIER_MEDIA", "/somewhere", 1);
    EXPECT_EQ(media_cache(), "/somewhere");
    unsetenv("TARSIER_MEDIA");
    setenv("XDG_CACHE_HOME", "/cache", 1);
    EXPECT_EQ(media_cache(), "/cache/tarsier/media");
    unsetenv("XDG_CACHE_HOME");
}

TEST(Closest, FindsTypingErrorsAndNothingElse) {
    EXPECT_EQ(closest("levl", {"level", "label", "radius"}), "level");
    EXPECT_EQ(closest("vision.portrait_mating", {"vision.portrait_matting", "render.background"}),
              "vision.portrait_matting");
    EXPECT_EQ(closest("zebra", {"level", "radius"}), "");
}

}  // namespace
}  // namespace tarsier
