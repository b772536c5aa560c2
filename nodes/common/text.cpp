// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "common/convert.h"

namespace tarsier::nodes {

namespace {

template <auto Free>
struct With {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Surface = std::unique_ptr<cairo_surface_t, With<cairo_surface_destroy>>;
using Canvas = std::unique_ptr<cairo_t, With<cairo_destroy>>;
using Layout = std::unique_ptr<PangoLayout, With<g_object_unref>>;
using Font = std::unique_ptr<PangoFontDescription, With<pango_font_description_free>>;

Layout make_layout(cairo_t* canvas, const std::string& text, double height) {
    Layout layout(pango_cairo_create_layout(canvas));
    const Font font(pango_font_description_from_string("Sans Bold"));
    pango_font_description_set_absolute_size(font.get(), height * PANGO_SCALE);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
    // Digits of equal width: numbers do not jitter while they change.
    PangoAttrList* attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
    pango_layout_set_attributes(layout.get(), attributes);
    pango_attr_list_unref(attributes);
    return layout;
}

void draw_round_box(cairo_t* canvas, double width, double height, double radius) {
    constexpr double kQuarter = std::numbers::pi / 2;
    cairo_new_sub_path(canvas);
    cairo_arc(canvas, width - radius, radius, radius, -kQuarter, 0);
    cairo_arc(canvas, width - radius, height - radius, radius, 0, kQuarter);
    cairo_arc(canvas, radius, height - radius, radius, kQuarter, 2 * kQuarter);
    cairo_arc(canvas, radius, radius, radius, 2 * kQuarter, 3 * kQuarter);
    cairo_close_path(canvas);
}

int even_up(double value) { return static_cast<int>(std::ceil(value / 2)) * 2; }

/// Cairo's premultiplied B G R A to colours and alpha. Where nothing was drawn the colour is the
/// panel's.
Result<Overlay> split(cairo_surface_t* surface, PixelFormat format, ColorSpace color) {
    const Size size{cairo_image_surface_get_width(surface),
                    cairo_image_surface_get_height(surface)};
    TARSIER_TRY(Image alpha, Image::allocate(size, PixelFormat::Gray8));
    std::vector<std::uint8_t> bgr(static_cast<std::size_t>(size.width * size.height) * 3);
    cairo_surface_flush(surface);
    const unsigned char* data = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    std::uint8_t* out = bgr.data();
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x, out += 3) {
            // Native order of a 32-bit word: alpha in the highest byte.
            const auto pixel = reinterpret_cast<const std::uint32_t*>(data + y * stride)[x];
            const std::uint32_t a = pixel >> 24;
            alpha.mutable_plane().row(y)[x] = static_cast<std::uint8_t>(a);
            for (int c = 0; c < 3; ++c) {
                const std::uint32_t value = (pixel >> (8 * c)) & 0xff;
                out[c] =
                    static_cast<std::uint8_t>(a ? std::min(255u, (value * 255 + a / 2) / a) : 0);
            }
        }
    TARSIER_TRY(Image picture,
                image_from_bgr(bgr.data(), std::ptrdiff_t{size.width} * 3, size, format, color));
    return Overlay{std::move(picture), std::move(alpha)};
}

}  // namespace

double text_height_for(int frame_height) { return std::clamp(frame_height / 36.0, 11.0, 40.0); }

Result<Overlay> draw_panel(const std::string& text, const PanelStyle& style, PixelFormat format,
                           ColorSpace color) {
    const double margin_x = style.text_height * 0.7;
    const double margin_y = style.text_height * 0.4;
    int text_width = 0;
    int text_height = 0;
    {
        const Surface probe(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1, 1));
        const Canvas canvas(cairo_create(probe.get()));
        const Layout layout = make_layout(canvas.get(), text, style.text_height);
        pango_layout_get_pixel_size(layout.get(), &text_width, &text_height);
    }
    const int width = even_up(std::max(text_width + 2 * margin_x, style.min_width));
    const int height = even_up(text_height + 2 * margin_y);
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
    const Canvas canvas(cairo_create(surface.get()));
    draw_round_box(canvas.get(), width, height, std::min(height / 2.0, style.text_height * 0.6));
    cairo_set_source_rgba(canvas.get(), 0.04, 0.05, 0.07, style.opacity);
    cairo_fill(canvas.get());
    const Layout layout = make_layout(canvas.get(), text, style.text_height);
    cairo_move_to(canvas.get(), margin_x, (height - text_height) / 2.0);
    cairo_set_source_rgba(canvas.get(), 1, 1, 1, 0.95);
    pango_cairo_show_layout(canvas.get(), layout.get());
    if (const cairo_status_t status = cairo_status(canvas.get()); status != CAIRO_STATUS_SUCCESS)
        return {Code::Internal, std::string("cannot draw text: ") + cairo_status_to_string(status)};
    return split(surface.get(), format, color);
}

}  // namespace tarsier::nodes
