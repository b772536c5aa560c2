// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>

#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "common/alpha_rows.h"
#include "common/convert.h"
#include "common/text.h"

namespace tarsier::nodes {

struct Compose final : Node {
    In<Image> a{this, "a", "leftmost picture"};
    In<Image> b{this, "b", "next one, of the same format and height"};
    In<Image> c{this, "c", "next one", Need::Optional};
    In<Image> d{this, "d", "next one", Need::Optional};
    Out<Image> image{this, "image", "the pictures side by side"};
    Option<int> gap{this, "gap", 0, "pixels between the pictures, made even", within(0, 512)};
    Option<std::string> caption_a{this, "captions.a", "", "on the first picture; empty = none"};
    Option<std::string> caption_b{this, "captions.b", "", "on the second"};
    Option<std::string> caption_c{this, "captions.c", "", "on the third"};
    Option<std::string> caption_d{this, "captions.d", "", "on the fourth"};

    Status process() override;

  private:
    static constexpr std::size_t kInputs = 4;
    struct Caption {
        std::string text;
        std::optional<Overlay> overlay;
    };

    Status add_caption(std::size_t i, const std::string& text, const Image& picture, int left,
                       Image& out);

    Image ground_;  ///< black, where gaps show
    std::array<Caption, kInputs> captions_;
};

namespace {

Status check_alike(const Image& first, const Image& other, std::string_view port) {
    if (other.format() != first.format())
        return {Code::Invalid,
                "input '" + std::string(port) + "' is " +
                    std::string(format_info(other.format()).name) + ", input 'a' " +
                    std::string(format_info(first.format()).name),
                "set the same `format` at the sources"};
    if (other.height() != first.height())
        return {Code::Invalid,
                "input '" + std::string(port) + "' is " + std::to_string(other.height()) +
                    " pixels high, input 'a' " + std::to_string(first.height()),
                "set the same `size` at the sources"};
    return Ok{};
}

/// Copies a picture of the same format and height to where its left edge is at `left`, even.
void paste(const Image& picture, int left, Image& out) {
    for (int p = 0; p < out.plane_count(); ++p) {
        const Plane from = picture.plane(p);
        const MutablePlane to = out.mutable_plane(p);
        const int offset =
            (left >> format_info(out.format()).plane[p].shift_x) * to.bytes_per_pixel;
        for (int y = 0; y < from.height; ++y)
            std::memcpy(to.row(y) + offset, from.row(y), from.row_span(y).size());
    }
}

int even_up(int value) { return (value + 1) / 2 * 2; }

}  // namespace

Status Compose::add_caption(std::size_t i, const std::string& text, const Image& picture, int left,
                            Image& out) {
    if (text.empty()) return Ok{};
    Caption& caption = captions_[i];
    if (!caption.overlay || caption.text != text ||
        caption.overlay->picture.format() != out.format() ||
        caption.overlay->picture.color != out.color) {
        PanelStyle style;
        style.text_height = text_height_for(out.height());
        TARSIER_TRY(caption.overlay, draw_panel(text, style, out.format(), out.color));
        caption.text = text;
    }
    const Size size = caption.overlay->picture.size();
    const int margin = std::max(2, out.height() / 60) / 2 * 2;
    const int x = left + std::min(margin, std::max(0, picture.width() - size.width)) / 2 * 2;
    blend_over(out, caption.overlay->picture, caption.overlay->alpha, x, margin);
    return Ok{};
}

Status Compose::process() {
    const std::array<const In<Image>*, kInputs> inputs{&a, &b, &c, &d};
    const std::array<const std::string*, kInputs> texts{&*caption_a, &*caption_b, &*caption_c,
                                                        &*caption_d};
    const int between = even_up(*gap);
    int width = 0;
    int covered = 0;
    for (const In<Image>* input : inputs) {
        if (!input->has_packet()) continue;
        TARSIER_CHECK(check_alike(*a, **input, input->name()));
        width += (width > 0 ? between : 0) + even_up((*input)->width());
        covered += (*input)->width();
    }
    const Size size{width, a->height()};
    TARSIER_TRY(Image out, image.allocate(size, a->format()));
    out.color = a->color;
    if (covered < width) {
        if (ground_.size() != size || ground_.format() != out.format() ||
            ground_.color != out.color) {
            TARSIER_TRY(ground_, flat_image({0, 0, 0, 255}, size, out.format(), out.color));
        }
        paste(ground_, 0, out);
    }
    int left = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
        if (!inputs[i]->has_packet()) continue;
        const Image& picture = **inputs[i];
        paste(picture, left, out);
        TARSIER_CHECK(add_caption(i, *texts[i], picture, left, out));
        left += even_up(picture.width()) + between;
    }
    return image.send(std::move(out));
}

TARSIER_NODE(Compose, "render.compose", "Puts pictures side by side, with captions.");

}  // namespace tarsier::nodes
