// SPDX-License-Identifier: Apache-2.0
#include "source/gst/frame.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tarsier::gst {
namespace {

struct FormatPair {
    PixelFormat ours;
    GstVideoFormat theirs;
};
constexpr FormatPair kFormats[] = {
    {PixelFormat::Gray8, GST_VIDEO_FORMAT_GRAY8}, {PixelFormat::Rgb8, GST_VIDEO_FORMAT_RGB},
    {PixelFormat::Bgr8, GST_VIDEO_FORMAT_BGR},    {PixelFormat::Rgba8, GST_VIDEO_FORMAT_RGBA},
    {PixelFormat::Nv12, GST_VIDEO_FORMAT_NV12},   {PixelFormat::I420, GST_VIDEO_FORMAT_I420},
};

/// A buffer that stays mapped while this lives.
struct MappedBuffer {
    GstVideoFrame frame{};
    MappedBuffer() = default;
    MappedBuffer(const MappedBuffer&) = delete;
    MappedBuffer& operator=(const MappedBuffer&) = delete;
    ~MappedBuffer() {
        if (frame.buffer) gst_video_frame_unmap(&frame);
    }
};

}  // namespace

GstVideoFormat to_gst(PixelFormat format) {
    const auto* row = std::ranges::find(kFormats, format, &FormatPair::ours);
    return row == std::end(kFormats) ? GST_VIDEO_FORMAT_UNKNOWN : row->theirs;
}

std::optional<PixelFormat> from_gst(GstVideoFormat format) {
    const auto* row = std::ranges::find(kFormats, format, &FormatPair::theirs);
    if (row == std::end(kFormats)) return std::nullopt;
    return row->ours;
}

ColorSpace color_of(const GstVideoInfo& info) {
    ColorSpace color;
    const GstVideoColorMatrix matrix = info.colorimetry.matrix;
    if (matrix == GST_VIDEO_COLOR_MATRIX_BT601 || matrix == GST_VIDEO_COLOR_MATRIX_FCC)
        color.matrix = ColorSpace::Matrix::Bt601;
    if (info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255)
        color.range = ColorSpace::Range::Full;
    return color;
}

const char* colorimetry(ColorSpace color) {
    const bool full = color.range == ColorSpace::Range::Full;
    // range:matrix:transfer:primaries; 1 = 0..255, 2 = 16..235; matrix 3 = BT.709, 4 = BT.601.
    if (color.matrix == ColorSpace::Matrix::Bt709) return full ? "1:3:5:1" : "bt709";
    return full ? "1:4:16:4" : "bt601";
}

Result<Image> wrap_buffer(GstBuffer* buffer, const GstVideoInfo& info) {
    const auto format = from_gst(GST_VIDEO_INFO_FORMAT(&info));
    if (!format)
        return {Code::Unsupported, std::string("pixel format ") + GST_VIDEO_INFO_NAME(&info)};
    const auto mapped = std::make_shared<MappedBuffer>();
    if (!gst_video_frame_map(&mapped->frame, &info, buffer, GST_MAP_READ)) {
        mapped->frame.buffer = nullptr;
        return {Code::Io, "the memory of a picture cannot be read"};
    }
    std::array<Plane, kMaxPlanes> planes{};
    const auto count = static_cast<std::size_t>(format_info(*format).planes);
    for (std::size_t i = 0; i < count; ++i) {
        planes[i].data =
            static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped->frame, i));
        planes[i].stride = GST_VIDEO_FRAME_PLANE_STRIDE(&mapped->frame, i);
    }
    const Size size{GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
    TARSIER_TRY(Image image, Image::wrap(size, *format, std::span(planes).first(count), mapped));
    image.color = color_of(info);
    return image;
}

Result<GstBuffer*> wrap_image(std::shared_ptr<const Image> image) {
    const GstVideoFormat format = to_gst(image->format());
    if (format == GST_VIDEO_FORMAT_UNKNOWN)
        return {Code::Unsupported,
                "pictures of format " + std::string(format_info(image->format()).name) +
                    " cannot be shown or written",
                "convert them to rgb8 or nv12"};
    GstBuffer* buffer = gst_buffer_new();
    gsize offsets[GST_VIDEO_MAX_PLANES] = {};
    gint strides[GST_VIDEO_MAX_PLANES] = {};
    gsize total = 0;
    for (int i = 0; i < image->plane_count(); ++i) {
        const Plane plane = image->plane(i);
        const gsize bytes =
            static_cast<gsize>(plane.stride) * static_cast<gsize>(plane.height - 1) +
            plane.row_span(0).size();
        offsets[i] = total;
        strides[i] = static_cast<gint>(plane.stride);
        total += bytes;
        using Holder = std::unique_ptr<std::shared_ptr<const Image>>;
        Holder holder = std::make_unique<std::shared_ptr<const Image>>(image);
        gst_buffer_append_memory(
            buffer,
            gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, const_cast<std::uint8_t*>(plane.data),
                                   bytes, 0, bytes, holder.release(),
                                   [](void* held) { Holder(static_cast<Holder::pointer>(held)); }));
    }
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, format,
                                   static_cast<guint>(image->width()),
                                   static_cast<guint>(image->height()),
                                   static_cast<guint>(image->plane_count()), offsets, strides);
    return buffer;
}

CapsPtr caps_of(const Image& image, double fps) {
    int numerator = 0;
    int denominator = 1;
    if (fps > 0) gst_util_double_to_fraction(fps, &numerator, &denominator);
    CapsPtr caps(gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, gst_video_format_to_string(to_gst(image.format())),
        "width", G_TYPE_INT, image.width(), "height", G_TYPE_INT, image.height(), "framerate",
        GST_TYPE_FRACTION, numerator, denominator, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1,
        nullptr));
    if (image.plane_count() > 1)
        gst_caps_set_simple(caps.get(), "colorimetry", G_TYPE_STRING, colorimetry(image.color),
                            nullptr);
    return caps;
}

}  // namespace tarsier::gst
