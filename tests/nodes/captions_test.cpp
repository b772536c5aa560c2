// SPDX-License-Identifier: Apache-2.0
#include <run_node.h>
#include <tarsier/media/event.h>

#include "pictures.h"

namespace tarsier::testing {
namespace {

Events said(const std::string& word) { return {{{"keyword", word, 0.93F, 0}}}; }

int written_pixels(const Image& image) {
    int changed = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) changed += at(image, x, y) != 128;
    return changed;
}

TEST(Captions, ShowsAWordForAWhileAndThenNoMore) {
    NodeRunner node("render.captions", {{"hold", std::string("1s")}});
    const auto fire = [&](const Payloads& more, Timestamp ts) {
        Payloads inputs = more;
        inputs.emplace("image", payload(plain({640, 360}, PixelFormat::Nv12, 128)));
        const Outputs out = node.fire(inputs, Key{0, ts});
        EXPECT_TRUE(out.ok()) << out.status.error().to_string();
        return out.ok() ? written_pixels(*out.get<Image>("image")) : -1;
    };
    EXPECT_EQ(fire({}, 0), 0);
    const int one = fire({{"events", payload(said("left"))}}, 100 * kMillisecond);
    EXPECT_GT(one, 500);
    EXPECT_EQ(fire({}, 600 * kMillisecond), one);
    EXPECT_GT(fire({{"events", payload(said("right"))}}, 700 * kMillisecond), one);
    EXPECT_GT(fire({}, 1500 * kMillisecond), 0) << "the second is still there";
    EXPECT_EQ(fire({}, 1800 * kMillisecond), 0);
}

TEST(Captions, WritesOnPicturesOfEveryFormatAndSize) {
    for (const PixelFormat format : {PixelFormat::Nv12, PixelFormat::I420, PixelFormat::Rgb8,
                                     PixelFormat::Bgr8, PixelFormat::Rgba8, PixelFormat::Gray8})
        for (const Size size : {Size{640, 360}, Size{321, 241}, Size{1, 1}}) {
            const Outputs out =
                run_node("render.captions", {},
                         {{"image", payload(plain(size, format, 128))},
                          {"events", payload(said("a long word that does not fit everywhere"))}});
            ASSERT_TRUE(out.ok()) << out.status.error().to_string();
            EXPECT_EQ(out.get<Image>("image")->size(), size);
        }
}

}  // namespace
}  // namespace tarsier::testing
