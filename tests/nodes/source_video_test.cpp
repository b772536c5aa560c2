// SPDX-License-Identifier: Apache-2.0
#include "media_clip.h"

namespace tarsier::testing {
namespace {

TEST(VideoSource, DeliversEveryPictureOfAFileAtItsTime) {
    const TempFolder folder;
    ASSERT_TRUE(make_clip(folder / "a.mp4", 50));
    const Played played = play({{"uri", folder / "a.mp4"}});
    ASSERT_TRUE(played.status) << played.status.error().to_string();
    ASSERT_EQ(played.stamps.size(), 50u);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_NEAR(static_cast<double>(played.stamps[i].ts), static_cast<double>(i) * 40e6, 1e3);
        EXPECT_EQ(played.stamps[i].duration, 40 * kMillisecond);
    }
    EXPECT_EQ(played.size, (Size{160, 120}));
    EXPECT_EQ(played.format, PixelFormat::I420);
    EXPECT_FALSE(played.live);
}

}  // namespace
}  // namespace tarsier::testing
