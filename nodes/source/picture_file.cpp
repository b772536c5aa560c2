// SPDX-License-Identifier: Apache-2.0
#include "source/picture_file.h"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/base/gsttypefindhelper.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <string>

#include <tarsier/media/image.h>

#include "common/files.h"
#include "source/gst/frame.h"
#include "source/gst/pipeline.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

constexpr Timestamp kDeadline = 20 * kSecond;  ///< of one picture, hostile ones included
constexpr std::size_t kHeaderBytes = 65536;    ///< enough to recognise a kind of file
constexpr std::size_t kWholeFile = std::numeric_limits<std::size_t>::max();
constexpr int kWebpMin = 16;  ///< what GStreamer's encoder takes
constexpr int kWebpMax = 16383;
constexpr const char* kRemedy = "it is damaged or no PNG, JPEG, WebP or BMP file";

/// A kind of file, as GStreamer recognises it by its first bytes, and what decodes it.
struct Kind {
    std::string_view media_type;
    const char* parser;  ///< the JPEG one reads EXIF tags
    const char* decoder;
};

constexpr Kind kKinds[] = {
    {"image/png", "pngparse", "gdkpixbufdec"},
    {"image/jpeg", "jpegparse", "jpegdec"},
    {"image/webp", "identity", "webpdec"},
    {"image/bmp", "identity", "gdkpixbufdec"},
};

struct Header {
    const Kind* kind = nullptr;
    gst::CapsPtr caps;
};

Header header_of(std::string_view bytes) {
    Header header;
    header.caps.reset(gst_type_find_helper_for_data(
        nullptr, reinterpret_cast<const guint8*>(bytes.data()), bytes.size(), nullptr));
    if (!header.caps) return header;
    const char* const name = gst_structure_get_name(gst_caps_get_structure(header.caps.get(), 0));
    for (const Kind& kind : kKinds)
        if (kind.media_type == name) header.kind = &kind;
    return header;
}

/// Stops a picture with too many pixels before its decoder makes room for them. Recognition or the
/// parser tell the size of all kinds but WebP, which has no larger ones than we take.
GstPadProbeReturn refuse_giant(GstPad*, GstPadProbeInfo* probe, gpointer user) {
    std::atomic<bool>& too_large = *static_cast<std::atomic<bool>*>(user);
    if ((GST_PAD_PROBE_INFO_TYPE(probe) & GST_PAD_PROBE_TYPE_BUFFER) != 0)
        return too_large ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
    GstEvent* const event = gst_pad_probe_info_get_event(probe);
    if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return GST_PAD_PROBE_OK;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    int width = 0;
    int height = 0;
    gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &width);
    gst_structure_get_int(gst_caps_get_structure(caps, 0), "height", &height);
    too_large = width > Image::kMaxSide || height > Image::kMaxSide;
    return GST_PAD_PROBE_OK;
}

/// One buffer in, one sample out: app source, `chain` of elements, app sink.
class Conversion {
  public:
    explicit Conversion(const std::string& what) : pipeline_(what) {}

    gst::Pipeline& pipeline() { return pipeline_; }

    Status build(std::initializer_list<GstElement*> chain) {
        TARSIER_TRY(GstElement * entry, pipeline_.add("appsrc"));
        TARSIER_TRY(GstElement * exit, pipeline_.add("appsink"));
        g_object_set(entry, "format", GST_FORMAT_TIME, nullptr);
        g_object_set(exit, "sync", FALSE, nullptr);
        entry_ = GST_APP_SRC(entry);
        exit_ = GST_APP_SINK(exit);
        GstElement* last = entry;
        for (GstElement* element : chain) {
            TARSIER_CHECK(pipeline_.link({last, element}));
            last = element;
        }
        return pipeline_.link({last, exit});
    }

    /// Takes `buffer`. Fails with what an element reported, or with BadData when nothing came out.
    Result<gst::SamplePtr> run(GstBuffer* buffer, gst::CapsPtr caps) {
        gst_app_src_set_caps(entry_, caps.get());
        const Status playing = pipeline_.play(kDeadline, {});
        if (!playing) gst_buffer_unref(buffer);
        TARSIER_CHECK(playing);
        gst_app_src_push_buffer(entry_, buffer);
        gst_app_src_end_of_stream(entry_);
        gst::SamplePtr sample(gst_app_sink_try_pull_sample(exit_, kDeadline));
        if (sample) return sample;
        if (auto error = pipeline_.error()) return *error;
        return {Code::BadData, "no picture came out of " + pipeline_.what()};
    }

  private:
    gst::Pipeline pipeline_;
    GstAppSrc* entry_ = nullptr;
    GstAppSink* exit_ = nullptr;
};

/// A buffer over a copy of the bytes.
GstBuffer* buffer_of(std::string_view bytes) {
    return gst_buffer_new_memdup(bytes.data(), bytes.size());
}

Result<cv::Mat> copy_bgr(GstSample* sample) {
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)))
        return {Code::Internal, "a decoded picture has no size"};
    TARSIER_TRY(const Image image, gst::wrap_buffer(gst_sample_get_buffer(sample), info));
    const Plane plane = image.plane(0);
    const cv::Mat pixels(plane.height, plane.width, CV_8UC3, const_cast<std::uint8_t*>(plane.data),
                         static_cast<std::size_t>(plane.stride));
    return pixels.clone();
}

Result<cv::Mat> decode(std::string_view bytes, Header header, const std::string& what) {
    std::atomic<bool> too_large{false};
    Conversion conversion(what);
    gst::Pipeline& pipeline = conversion.pipeline();
    TARSIER_TRY(GstElement * parse, pipeline.add(header.kind->parser));
    TARSIER_TRY(GstElement * decoder, pipeline.add(header.kind->decoder));
    TARSIER_TRY(GstElement * upright, pipeline.add("videoflip"));
    TARSIER_TRY(GstElement * convert, pipeline.add("videoconvert"));
    TARSIER_TRY(GstElement * bgr, pipeline.add("capsfilter"));
    const gst::PadPtr entry(gst_element_get_static_pad(decoder, "sink"));
    constexpr auto kWatched = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                           GST_PAD_PROBE_TYPE_BUFFER);
    gst_pad_add_probe(entry.get(), kWatched, refuse_giant, &too_large, nullptr);
    gst_util_set_object_arg(G_OBJECT(upright), "video-direction", "auto");
    gst_util_set_object_arg(G_OBJECT(bgr), "caps", "video/x-raw,format=BGR");
    TARSIER_CHECK(conversion.build({parse, decoder, upright, convert, bgr}));
    const auto sample = conversion.run(buffer_of(bytes), std::move(header.caps));
    if (too_large)
        return {Code::Unsupported,
                fmt::format("{} has more than {} pixels a side", what, Image::kMaxSide)};
    if (!sample) return sample.error();
    return copy_bgr(sample->get());
}

Result<std::string> bytes_of(const fs::path& file, std::size_t most) {
    TARSIER_CHECK(check_readable(file));
    std::ifstream in(file, std::ios::binary);
    std::error_code unsized;  // of a pipe or a device, which hold no picture
    const std::uintmax_t size = fs::file_size(file, unsized);
    std::string bytes(unsized ? 0 : std::min<std::uintmax_t>(most, size), '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

Result<GstElement*> encoder_of(gst::Pipeline& pipeline, std::string_view extension, int quality) {
    if (extension == ".png") {
        TARSIER_TRY(GstElement * png, pipeline.add("pngenc"));
        constexpr guint kFast = 2;  // of 9: nearly as small as the rest on camera pictures
        g_object_set(png, "compression-level", kFast, nullptr);
        return png;
    }
    if (extension == ".jpg") {
        TARSIER_TRY(GstElement * jpeg, pipeline.add("jpegenc"));
        g_object_set(jpeg, "quality", quality, nullptr);
        return jpeg;
    }
    TARSIER_TRY(GstElement * webp, pipeline.add("webpenc"));
    g_object_set(webp, "quality", static_cast<gfloat>(quality), nullptr);
    return webp;
}

/// A copy of the pixels with the rows' lengths that GStreamer expects, and its caps.
Result<std::pair<GstBuffer*, gst::CapsPtr>> raw_picture(const cv::Mat& picture) {
    GstVideoInfo info;
    const bool alpha = picture.channels() == 4;
    gst_video_info_set_format(&info, alpha ? GST_VIDEO_FORMAT_BGRA : GST_VIDEO_FORMAT_BGR,
                              static_cast<guint>(picture.cols), static_cast<guint>(picture.rows));
    GstBuffer* const buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    if (buffer == nullptr) return {Code::Exhausted, "no memory to encode a picture"};
    const gsize row = static_cast<gsize>(picture.cols) * picture.elemSize();
    for (int y = 0; y < picture.rows; ++y)
        gst_buffer_fill(buffer, static_cast<gsize>(y) * static_cast<gsize>(info.stride[0]),
                        picture.ptr(y), row);
    return std::pair{buffer, gst::CapsPtr(gst_video_info_to_caps(&info))};
}

}  // namespace

Result<cv::Mat> read_picture(const fs::path& file) {
    TARSIER_TRY(const std::string bytes, bytes_of(file, kWholeFile));
    TARSIER_CHECK(gst::init());
    Header header = header_of(bytes);
    const std::string what = fmt::format("'{}'", file.string());
    const Error undecodable =
        make_error(Code::BadData, what + " cannot be decoded as a picture", kRemedy);
    if (header.kind == nullptr) return undecodable;
    Result<cv::Mat> picture = decode(bytes, std::move(header), what);
    if (picture) return picture;
    const Code code = picture.error().code;
    return code == Code::Unavailable || code == Code::Unsupported ? picture.error() : undecodable;
}

bool is_picture(const fs::path& file) {
    const Result<std::string> begin = bytes_of(file, kHeaderBytes);
    return begin && gst::init() && header_of(*begin).kind != nullptr;
}

Result<std::vector<std::uint8_t>> encode_picture(const cv::Mat& picture, std::string_view extension,
                                                 int quality) {
    const auto [shorter, longer] = std::minmax(picture.cols, picture.rows);
    if (extension == ".webp" && (shorter < kWebpMin || longer > kWebpMax))
        return {Code::Unsupported,
                fmt::format("a picture of {}x{} pixels cannot be a WebP file, whose "
                            "sides are {}..{}",
                            picture.cols, picture.rows, kWebpMin, kWebpMax),
                "write it as .png"};
    TARSIER_CHECK(gst::init());
    Conversion conversion("the picture's encoder");
    TARSIER_TRY(GstElement * convert, conversion.pipeline().add("videoconvert"));
    TARSIER_TRY(GstElement * rgb, conversion.pipeline().add("capsfilter"));
    TARSIER_TRY(GstElement * encoder, encoder_of(conversion.pipeline(), extension, quality));
    const bool alpha = picture.channels() == 4 && extension != ".jpg";
    gst_util_set_object_arg(G_OBJECT(rgb), "caps",
                            alpha ? "video/x-raw,format=RGBA" : "video/x-raw,format=RGB");
    TARSIER_CHECK(conversion.build({convert, rgb, encoder}));
    TARSIER_TRY(auto raw, raw_picture(picture));
    TARSIER_TRY(const gst::SamplePtr sample, conversion.run(raw.first, std::move(raw.second)));
    GstBuffer* const buffer = gst_sample_get_buffer(sample.get());
    std::vector<std::uint8_t> bytes(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
    return bytes;
}

}  // namespace tarsier::nodes
