// SPDX-License-Identifier: Apache-2.0
#include <run_node.h>

#include "pictures.h"

namespace tarsier::testing {
namespace {

constexpr Size kSize{640, 360};

/// A node with a context of the test's own, which says what the latency is.
class Instrument {
  public:
    struct Context final : NodeContext {
        LatencySummary now;
        LatencySummary latency() const override { return now; }
    };

    explicit Instrument(const Options& options = {}) : node_(*make_node("render.stats", options)) {
        context.now = {12.3, 45.6, 30, 0};
        node_->attach(&context);
    }
    Image fire(PixelFormat format, Timestamp ts) {
        const Payload frame = payload(plain(kSize, format, 128));
        node_->inputs()[0]->put(Packet{{0, ts}, 0, nullptr, frame});
        EXPECT_TRUE(node_->process());
        return *node_->outputs()[0]->take()->payload.as<Image>()->clone();
    }
    Context context;

  private:
    std::unique_ptr<Node> node_;
};

int changed_pixels(const Image& image, int x0, int y0, int x1, int y1) {
    int changed = 0;
    for (int y = y0; y < y1; ++y)
        for (int x = x0; x < x1; ++x) changed += at(image, x, y) != 128;
    return changed;
}

TEST(Stats, WritesIntoTheCornerAndLeavesTheRestAlone) {
    for (const PixelFormat format : {PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgr8,
                                     PixelFormat::Rgba8, PixelFormat::Nv12, PixelFormat::I420}) {
        const Image out = Instrument().fire(format, 0);
        EXPECT_EQ(out.format(), format);
        EXPECT_GT(changed_pixels(out, 320, 320, 640, 360), 500);
        EXPECT_EQ(changed_pixels(out, 0, 0, 640, 300), 0);
    }
}

TEST(Stats, StandsInTheCornerThatIsAskedFor) {
    const Image out =
        Instrument(Options{{"corner", std::string("top-left")}}).fire(PixelFormat::Nv12, 0);
    EXPECT_GT(changed_pixels(out, 0, 0, 320, 60), 500);
    EXPECT_EQ(changed_pixels(out, 0, 60, 640, 360), 0);
}

TEST(Stats, RedrawsOnlyEveryHalfSecondOfTheMedium) {
    Instrument stats;
    const Image first = stats.fire(PixelFormat::Gray8, 0);
    stats.context.now.p50_ms = 77.7;
    expect_alike(stats.fire(PixelFormat::Gray8, 400 * kMillisecond), first);
    const Image later = stats.fire(PixelFormat::Gray8, 500 * kMillisecond);
    int differences = 0;
    for (int y = 0; y < kSize.height; ++y)
        for (int x = 0; x < kSize.width; ++x) differences += at(later, x, y) != at(first, x, y);
    EXPECT_GT(differences, 5);
}

TEST(Stats, SurvivesFramesSmallerThanItsText) {
    const Outputs out =
        run_node("render.stats", {}, {{"image", payload(plain({16, 8}, PixelFormat::Nv12, 9))}});
    ASSERT_TRUE(out.ok());
    EXPECT_EQ(out.get<Image>("image")->size(), (Size{16, 8}));
}

}  // namespace
}  // namespace tarsier::testing
