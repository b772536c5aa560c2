// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "common/alpha_rows.h"
#include "common/text.h"

namespace tarsier::nodes {

/// The numbers are those of this run: pictures with them differ from run to run.
struct Stats final : Node {
    In<Image> image{this, "image", "frame in an 8-bit format"};
    Out<Image> result{this, "image", "the frame with the latency in a corner"};
    Option<std::string> corner{this, "corner", "bottom-right", "where the numbers stand",
                               one_of({"top-left", "top-right", "bottom-left", "bottom-right"})};
    Option<Duration> every{this, "every", Duration{500 * kMillisecond},
                           "how often the numbers change, in time of the medium", within(0, 60)};

    Status process() override;

  private:
    Status draw();

    std::optional<Overlay> panel_;
    Key drawn_at_;
};

namespace {

std::string read_out(const LatencySummary& latency) {
    if (latency.fps <= 0) return "measuring";
    char text[128];
    std::snprintf(text, sizeof text, "p50 %.1f ms   p95 %.1f ms   %.0f fps", latency.p50_ms,
                  latency.p95_ms, latency.fps);
    std::string line = text;
    if (latency.dropped > 0) line += "   " + std::to_string(latency.dropped) + " dropped";
    return line;
}

}  // namespace

Status Stats::draw() {
    const bool current = panel_ && panel_->picture.format() == image->format() &&
                         panel_->picture.color == image->color && key().epoch == drawn_at_.epoch &&
                         key().ts - drawn_at_.ts < every->ns;
    if (current) return Ok{};
    PanelStyle style;
    style.text_height = text_height_for(image->height()) * 0.8;
    if (panel_) style.min_width = panel_->picture.width();
    TARSIER_TRY(panel_,
                draw_panel(read_out(context().latency()), style, image->format(), image->color));
    drawn_at_ = key();
    return Ok{};
}

Status Stats::process() {
    TARSIER_CHECK(draw());
    TARSIER_TRY(Image out, image->clone(&result.pool()));
    const int margin = std::max(2, image->height() / 60) / 2 * 2;
    const Size size = panel_->picture.size();
    const bool right = corner->ends_with("right");
    const bool bottom = corner->starts_with("bottom");
    const int x = right ? std::max(0, out.width() - size.width - margin) / 2 * 2 : margin;
    const int y = bottom ? std::max(0, out.height() - size.height - margin) / 2 * 2 : margin;
    blend_over(out, panel_->picture, panel_->alpha, x, y);
    return result.send(std::move(out));
}

TARSIER_NODE(Stats, "render.stats", "Writes latency, frame rate and drops into a corner.");

}  // namespace tarsier::nodes
