// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>
#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <vector>

#include "common/alpha_rows.h"
#include "common/convert.h"
#include "render/soft_background.h"

namespace tarsier::nodes {

struct Background final : Node {
    In<Image> image{this, "image", "frame, nv12, i420, rgb8 or bgr8"};
    In<Image> matte{this, "matte", "gray8 of the same size, 255 where the person is"};
    Out<Image> result{this, "image", "the frame in its format; rgba8 for transparent"};
    Option<std::string> effect{this, "effect", "blur", "what happens to what is behind the person",
                               one_of({"blur", "color", "picture", "transparent"})};
    Option<float> strength{this, "strength", 0.5f, "of the blur", within(0, 1)};
    Option<std::string> color{this, "color", "#1d6f63", "behind the person, for effect: color",
                              a_color()};
    Option<std::string> picture{this, "picture", "",
                                "file behind the person, scaled to fill, for effect: picture",
                                an_input_file()};

    Status start() override;
    Status process() override;

  private:
    /// The scene for color and picture, made anew when the frames or the options change.
    Status prepare_scene();
    Status cut_out();

    SoftBackground soft_;
    Image scene_;
    std::string scene_name_;
};

namespace {

/// Standard deviation of the blur for a frame, in pixels: from hardly to unrecognisable.
double blur_sigma(Size size, float strength) {
    return std::max(4.0, (0.006 + 0.03 * strength) * std::min(size.width, size.height));
}

Status check_inputs(const Image& image, const Image& matte) {
    switch (image.format()) {
        case PixelFormat::Nv12:
        case PixelFormat::I420:
        case PixelFormat::Rgb8:
        case PixelFormat::Bgr8:
            break;
        default:
            return {Code::Unsupported,
                    "pictures in " + std::string(format_info(image.format()).name) +
                        " have no background effect",
                    "set `format: nv12` at the source"};
    }
    if (matte.format() != PixelFormat::Gray8)
        return {Code::Invalid,
                "the matte is " + std::string(format_info(matte.format()).name) + ", not gray8",
                "connect the output `matte` of vision.portrait_matting"};
    if (matte.size() != image.size())
        return {Code::Invalid,
                "the matte is " + std::to_string(matte.width()) + "x" +
                    std::to_string(matte.height()) + ", the frame " +
                    std::to_string(image.width()) + "x" + std::to_string(image.height()),
                "connect the frame that the matte was made from"};
    return Ok{};
}

}  // namespace

Status Background::start() {
    if (*effect != "picture") return Ok{};
    if (picture->empty())
        return {Code::Invalid, "effect: picture needs a picture",
                "set the option `picture` to a file"};
    TARSIER_CHECK(context().find_input(*picture));
    return Ok{};
}

Status Background::prepare_scene() {
    const bool flat = *effect == "color";
    const std::string name = flat ? *color : *picture;
    if (scene_name_ == name && scene_.size() == image->size() &&
        scene_.format() == image->format() && scene_.color == image->color)
        return Ok{};
    if (flat) {
        TARSIER_TRY(const Color fill, parse_color(name));
        TARSIER_TRY(scene_, flat_image(fill, image->size(), image->format(), image->color));
    } else {
        if (name.empty())
            return {Code::Invalid, "effect: picture needs a picture",
                    "set the option `picture` to a file"};
        TARSIER_TRY(const auto file, context().find_input(name));
        TARSIER_TRY(scene_, load_picture(file, image->size(), image->format(), image->color));
    }
    scene_name_ = name;
    return Ok{};
}

Status Background::cut_out() {
    TARSIER_TRY(Image out, result.allocate(image->size(), PixelFormat::Rgba8));
    BgrRows rows(*image);
    std::vector<std::uint8_t> bgr(static_cast<std::size_t>(image->width()) * 3);
    for (int y = 0; y < image->height(); ++y) {
        rows.row(y, bgr.data());
        const std::uint8_t* alpha = matte->plane().row(y);
        std::uint8_t* dst = out.mutable_plane().row(y);
        for (int x = 0; x < image->width(); ++x, dst += 4) {
            dst[0] = bgr[static_cast<std::size_t>(3 * x + 2)];
            dst[1] = bgr[static_cast<std::size_t>(3 * x + 1)];
            dst[2] = bgr[static_cast<std::size_t>(3 * x)];
            dst[3] = alpha[x];
        }
    }
    return result.send(std::move(out));
}

Status Background::process() {
    TARSIER_CHECK(check_inputs(*image, *matte));
    if (*effect == "transparent") return cut_out();
    const bool blurred = *effect == "blur";
    if (blurred)
        soft_.make(*image, *matte, blur_sigma(image->size(), *strength));
    else
        TARSIER_CHECK(prepare_scene());

    TARSIER_TRY(Image out, result.allocate(image->size(), image->format()));
    out.color = image->color;
    AlphaRows alphas(*matte, image->format());
    for (int p = 0; p < out.plane_count(); ++p) {
        const MutablePlane to = out.mutable_plane(p);
        const int bytes = to.width * to.bytes_per_pixel;
        for (int y = 0; y < to.height; ++y) {
            std::uint8_t* dst = to.row(y);
            const std::uint8_t* behind = dst;
            if (blurred)
                soft_.row(p, y, dst);
            else
                behind = scene_.plane(p).row(y);
            kernels::table().blend_u8(image->plane(p).row(y), behind, alphas.row(p, y), dst, bytes);
        }
    }
    return result.send(std::move(out));
}

TARSIER_NODE(Background, "render.background",
             "Blurs, replaces or cuts away what is behind a person.");

}  // namespace tarsier::nodes
