// SPDX-License-Identifier: Apache-2.0
#include "common/convert.h"

#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#ifdef TARSIER_MEDIA
#include "common/picture.h"
#include "source/picture_file.h"
#endif

namespace tarsier::nodes {

namespace {

std::size_t bytes_of(int pixels) { return static_cast<std::size_t>(pixels) * 3; }

void swap_row(const std::uint8_t* bgr, int width, int channels, std::uint8_t* dst) {
    for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) dst[x * channels + c] = bgr[3 * x + 2 - c];
        if (channels == 4) dst[4 * x + 3] = 255;
    }
}

}  // namespace

Result<Color> parse_color(std::string_view text) {
    const auto wrong = [&] {
        return make_error(Code::Invalid, "'" + std::string(text) + "' is no colour",
                          "write #rrggbb, such as #204060");
    };
    if ((text.size() != 7 && text.size() != 9) || text[0] != '#') return wrong();
    Color color{0, 0, 0, 255};
    for (std::size_t i = 0; i < (text.size() - 1) / 2; ++i) {
        const char* first = text.data() + 1 + 2 * i;
        const auto [end, code] = std::from_chars(first, first + 2, color[i], 16);
        if (code != std::errc() || end != first + 2) return wrong();
    }
    return color;
}

Result<Image> image_from_bgr(const std::uint8_t* bgr, std::ptrdiff_t stride, Size size,
                             PixelFormat format, ColorSpace color) {
    if (format == PixelFormat::GrayF32 || format == PixelFormat::RgbF32)
        return {Code::Unsupported, "no conversion to pictures of floats"};
    TARSIER_TRY(Image image, Image::allocate(size, format));
    image.color = color;
    const bool yuv = format == PixelFormat::Nv12 || format == PixelFormat::I420;
    const RgbToYuv to_yuv(yuv ? color
                              : ColorSpace{ColorSpace::Matrix::Bt601, ColorSpace::Range::Full});
    for (int y = 0; y < size.height; ++y) {
        const std::uint8_t* row = bgr + y * stride;
        std::uint8_t* dst = image.mutable_plane().row(y);
        if (yuv || format == PixelFormat::Gray8)
            to_yuv.luma(row, size.width, dst);
        else if (format == PixelFormat::Bgr8)
            std::memcpy(dst, row, bytes_of(size.width));
        else
            swap_row(row, size.width, image.plane().bytes_per_pixel, dst);
        if (!yuv || y % 2 != 0) continue;
        const std::uint8_t* below = bgr + std::min(y + 1, size.height - 1) * stride;
        std::uint8_t* u = image.mutable_plane(1).row(y / 2);
        const bool packed = format == PixelFormat::Nv12;
        std::uint8_t* v = packed ? u + 1 : image.mutable_plane(2).row(y / 2);
        to_yuv.chroma(row, below, size.width, u, v, packed ? 2 : 1);
    }
    return image;
}

Result<Image> flat_image(const Color& fill, Size size, PixelFormat format, ColorSpace color) {
    std::vector<std::uint8_t> row(bytes_of(size.width));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = fill[2 - i % 3];
    return image_from_bgr(row.data(), 0, size, format, color);
}

Result<Image> load_picture(const std::filesystem::path& file, Size size, PixelFormat format,
                           ColorSpace color) {
#ifdef TARSIER_MEDIA
    TARSIER_TRY(const cv::Mat picture, read_picture(file));
    cv::Mat filled;
    TARSIER_CHECK(guard_opencv("scale " + file.string(), [&]() -> Status {
        filled = fill(picture, size);
        return Ok{};
    }));
    return image_from_bgr(filled.data, static_cast<std::ptrdiff_t>(filled.step[0]), size, format,
                          color);
#else
    (void)size, (void)format, (void)color;
    return {Code::Unsupported, "cannot read '" + file.string() + "': built without OpenCV",
            "build with TARSIER_WITH_GSTREAMER=ON"};
#endif
}

BgrRows::BgrRows(const Image& image)
    : image_(image), yuv_(image.color), u_(bytes_of(image.width())), v_(bytes_of(image.width())) {}

void BgrRows::row(int y, std::uint8_t* dst) {
    const int width = image_.width();
    const std::uint8_t* src = image_.plane().row(y);
    switch (image_.format()) {
        case PixelFormat::Bgr8:
            std::memcpy(dst, src, bytes_of(width));
            return;
        case PixelFormat::Rgb8:
            swap_row(src, width, 3, dst);
            return;
        case PixelFormat::Nv12:
        case PixelFormat::I420: {
            const bool packed = image_.format() == PixelFormat::Nv12;
            const std::uint8_t* u = image_.plane(1).row(y / 2);
            const std::uint8_t* v = packed ? u + 1 : image_.plane(2).row(y / 2);
            const int step = packed ? 2 : 1;
            for (int x = 0; x < width; ++x) {
                u_[static_cast<std::size_t>(x)] = u[x / 2 * step];
                v_[static_cast<std::size_t>(x)] = v[x / 2 * step];
            }
            yuv_.row(src, u_.data(), v_.data(), width, dst);
            return;
        }
        default:
            kernels::table().repeat_u8(src, 3, dst, width);
            return;
    }
}

}  // namespace tarsier::nodes
