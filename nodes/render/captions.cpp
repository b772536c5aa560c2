// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/node.h>
#include <tarsier/media/event.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>

#include "common/alpha_rows.h"
#include "common/text.h"

namespace tarsier::nodes {

/// What was said stays for a while, the newest last.
struct Captions final : Node {
    In<Image> image{this, "image", "frame in an 8-bit format"};
    In<Events> events{this, "events", "what happened, words say", Need::Optional};
    Out<Image> result{this, "image", "the frame with what happened written at its bottom"};
    Option<Duration> hold{this, "hold", Duration{2 * kSecond}, "how long each stays",
                          within(0.1, 60)};
    Option<int> most{this, "most", 4, "shown at once", within(1, 20)};
    Option<bool> scores{this, "scores", true, "how sure it is, in percent"};
    Option<float> size{this, "size", 1.6F, "of the letters, 1 = as other texts", within(0.5, 8)};

    Status process() override;

  private:
    struct Line {
        std::string text;
        Key at;
    };
    void take();
    Status draw();

    std::deque<Line> lines_;
    std::shared_ptr<const Events> seen_;
    std::string drawn_;
    std::optional<Overlay> panel_;
};

/// A pairing may bring the same events to several frames.
void Captions::take() {
    if (events.has_packet() && events.share() != seen_) {
        seen_ = events.share();
        for (const Event& event : events->events)
            lines_.push_back({*scores ? fmt::format("{}  {:.0f} %", event.label, event.score * 100)
                                      : event.label,
                              events.packet().key});
    }
    const auto over = [&](const Line& line) {
        return line.at.epoch != key().epoch || key().ts - line.at.ts > hold->ns;
    };
    while (!lines_.empty() &&
           (over(lines_.front()) || lines_.size() > static_cast<std::size_t>(*most)))
        lines_.pop_front();
}

Status Captions::draw() {
    std::string text;
    for (const Line& line : lines_) text += (text.empty() ? "" : "     ") + line.text;
    const bool current = text == drawn_ && panel_ && panel_->picture.format() == image->format() &&
                         panel_->picture.color == image->color;
    if (current) return Ok{};
    drawn_ = text;
    PanelStyle style;
    style.text_height = text_height_for(image->height()) * *size;
    TARSIER_TRY(panel_, draw_panel(text, style, image->format(), image->color));
    return Ok{};
}

Status Captions::process() {
    take();
    if (lines_.empty()) return result.send(image.share());
    TARSIER_CHECK(draw());
    TARSIER_TRY(Image out, image->clone(&result.pool()));
    const Size size = panel_->picture.size();
    const int x = std::max(0, out.width() - size.width) / 4 * 2;
    const int y = std::max(0, out.height() - size.height - out.height() / 16) / 2 * 2;
    blend_over(out, panel_->picture, panel_->alpha, x, y);
    return result.send(std::move(out));
}

TARSIER_NODE(Captions, "render.captions",
             "Writes what was heard or seen at the bottom of pictures.");

}  // namespace tarsier::nodes
