// SPDX-License-Identifier: Apache-2.0
#include "source/stream_clip.h"

#include <fmt/format.h>

#include <tarsier/base/assets.h>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace tarsier::nodes {
namespace {

using gst::CapsPtr;
using gst::PadPtr;

/// How often a wait for a picture looks whether the graph stops or the stream has failed.
constexpr GstClockTime kPoll = 20 * GST_MSECOND;
/// Pictures decoded ahead from files; of live sources only the newest is kept.
constexpr guint kAhead = 3;

/// Tells decoders that pictures with row padding are welcome: without this they copy each picture.
GstPadProbeReturn on_allocation(GstPad*, GstPadProbeInfo* info, gpointer) {
    GstQuery* query = gst_pad_probe_info_get_query(info);
    if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION) return GST_PAD_PROBE_OK;
    gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
    return GST_PAD_PROBE_HANDLED;
}

/// What a stream in GStreamer's `format` is delivered as when it is none of ours.
PixelFormat nearest(const GstVideoFormatInfo* format) {
    if (GST_VIDEO_FORMAT_INFO_IS_GRAY(format)) return PixelFormat::Gray8;
    if (GST_VIDEO_FORMAT_INFO_IS_YUV(format)) return PixelFormat::I420;
    return GST_VIDEO_FORMAT_INFO_HAS_ALPHA(format) ? PixelFormat::Rgba8 : PixelFormat::Rgb8;
}

int even(double value) { return std::max(2, static_cast<int>(std::ceil(value / 2)) * 2); }

/// Caps of raw video in any memory, as decodebin wants them to know where to stop.
CapsPtr raw_video() { return CapsPtr(gst_caps_from_string("video/x-raw(ANY)")); }

/// A medium that holds only sound makes the decoder miss a way from sound to pictures.
Error explain(Error error, const std::string& what) {
    if (error.code == Code::Unsupported && error.message.find("audio/x-raw") != std::string::npos)
        return make_error(Code::BadData, what + ": there is no video in it");
    return error;
}

/// Chooses format and size of what is delivered once those of the medium are known. Lives as long
/// as the pad it listens at, on GStreamer's thread.
struct Adapter {
    ClipFormat wanted;
    GstElement* scaled;  ///< capsfilter behind the converter
    GstElement* crop;

    void adapt(GstCaps* caps) const;
};

void Adapter::adapt(GstCaps* caps) const {
    GstVideoInfo info;
    if (!gst_video_info_from_caps(&info, caps)) return;
    const auto own = gst::from_gst(GST_VIDEO_INFO_FORMAT(&info));
    const PixelFormat format = wanted.format.value_or(own.value_or(nearest(info.finfo)));
    // Square pixels, then filling the wanted size; what stands over is cut off.
    const double aspect =
        static_cast<double>(GST_VIDEO_INFO_PAR_N(&info)) / GST_VIDEO_INFO_PAR_D(&info);
    const double width = GST_VIDEO_INFO_WIDTH(&info) * aspect;
    const double height = GST_VIDEO_INFO_HEIGHT(&info);
    Size whole{aspect == 1 ? GST_VIDEO_INFO_WIDTH(&info) : even(width),
               GST_VIDEO_INFO_HEIGHT(&info)};
    const Size out = wanted.size == Size{} ? whole : wanted.size;
    if (out != whole) {
        const double scale = std::max(out.width / width, out.height / height);
        whole = {std::max(out.width, static_cast<int>(std::lround(width * scale))),
                 std::max(out.height, static_cast<int>(std::lround(height * scale)))};
    }
    const int left = (whole.width - out.width) / 4 * 2;  // even: chroma stays aligned
    const int top = (whole.height - out.height) / 4 * 2;
    g_object_set(crop, "left", left, "right", whole.width - out.width - left, "top", top, "bottom",
                 whole.height - out.height - top, nullptr);
    const CapsPtr target(gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, gst_video_format_to_string(gst::to_gst(format)),
        "width", G_TYPE_INT, whole.width, "height", G_TYPE_INT, whole.height, "pixel-aspect-ratio",
        GST_TYPE_FRACTION, 1, 1, nullptr));
    g_object_set(scaled, "caps", target.get(), nullptr);
}

GstPadProbeReturn on_event(GstPad*, GstPadProbeInfo* info, gpointer adapter) {
    GstEvent* event = gst_pad_probe_info_get_event(info);
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event, &caps);
        static_cast<const Adapter*>(adapter)->adapt(caps);
    }
    return GST_PAD_PROBE_OK;
}

}  // namespace

StreamClip::StreamClip(const Location& location, const ClipFormat& format)
    : format_(format), pipeline_(location.what) {}

Result<std::unique_ptr<StreamClip>> StreamClip::open(const Location& location,
                                                     const ClipFormat& format, bool live_test,
                                                     std::stop_token stop) {
    TARSIER_CHECK(gst::init());
    std::unique_ptr<StreamClip> clip(new StreamClip(location, format));
    TARSIER_CHECK(clip->build_tail());
    TARSIER_TRY(GstElement * head, clip->build_head(location, live_test));
    if (location.kind == Location::Kind::Test) {
        TARSIER_CHECK(clip->pipeline_.link({head, clip->entry_}));
    } else {
        gst::Pipeline::link_later(head, clip->entry_, "there is no video in it");
    }
    // Stamps of live pictures are then those of CLOCK_MONOTONIC.
    const std::unique_ptr<GstClock, gst::ObjectUnref> clock(gst_system_clock_obtain());
    gst_pipeline_use_clock(GST_PIPELINE(clip->pipeline_.get()), clock.get());

    if (Status opened = clip->pipeline_.change(GST_STATE_PAUSED, kOpenDeadline, stop); !opened)
        return explain(std::move(opened.error()), location.what);
    if (!clip->live()) {
        TARSIER_CHECK(clip->pipeline_.change(GST_STATE_PLAYING, kOpenDeadline, stop));
        return clip;
    }
    // A camera shows its first picture when it likes; of those that nobody took the newest is kept.
    g_object_set(clip->sink_, "max-buffers", 1u, "drop", TRUE, nullptr);
    TARSIER_CHECK(clip->pipeline_.play(kOpenDeadline, stop));
    return clip;
}

Result<GstElement*> StreamClip::build_head(const Location& location, bool live_test) {
    if (location.kind == Location::Kind::Test) return test_pattern(location.target, live_test);
    const CapsPtr raw = raw_video();
    if (location.kind == Location::Kind::Network) {
        TARSIER_TRY(GstElement * decoder, pipeline_.add("uridecodebin"));
        g_object_set(decoder, "uri", location.target.c_str(), "caps", raw.get(),
                     "expose-all-streams", FALSE, nullptr);
        return decoder;
    }
    const char* factory = "v4l2src";
    const char* property = "device";
    if (location.kind == Location::Kind::File) {
        // uridecodebin would do, but waits for ever on some damaged files that decodebin reports.
        factory = "filesrc";
        property = "location";
    } else if (location.kind == Location::Kind::Pipewire) {
        factory = "pipewiresrc";
        property = "target-object";
    } else if (location.kind == Location::Kind::Libcamera) {
        factory = "libcamerasrc";
        property = "camera-name";
    }
    TARSIER_TRY(GstElement * device, pipeline_.add(factory));
    if (!location.target.empty()) g_object_set(device, property, location.target.c_str(), nullptr);
    // Cameras too, for many deliver Motion JPEG at the sizes one wants.
    TARSIER_TRY(GstElement * decoder, pipeline_.add("decodebin"));
    g_object_set(decoder, "caps", raw.get(), "expose-all-streams", FALSE, nullptr);
    TARSIER_CHECK(pipeline_.link({device, decoder}));
    return decoder;
}

Result<GstElement*> StreamClip::test_pattern(const std::string& pattern, bool live_test) {
    TARSIER_TRY(GstElement * source, pipeline_.add("videotestsrc"));
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(source), "pattern");
    const GEnumClass* known = G_PARAM_SPEC_ENUM(spec)->enum_class;
    std::vector<std::string_view> names;
    for (guint i = 0; i < known->n_values; ++i) names.emplace_back(known->values[i].value_nick);
    if (std::ranges::find(names, pattern) == names.end()) {
        const std::string_view close = closest(pattern, names);
        return {Code::NotFound, "there is no " + pipeline_.what(),
                close.empty() ? "smpte, ball and snow are some of the patterns"
                              : fmt::format("did you mean test:{}?", close)};
    }
    gst_util_set_object_arg(G_OBJECT(source), "pattern", pattern.c_str());
    g_object_set(source, "is-live", live_test ? TRUE : FALSE, nullptr);
    const Size size = format_.size == Size{} ? Size{640, 360} : format_.size;
    int numerator = 30;
    int denominator = 1;
    if (format_.fps > 0) gst_util_double_to_fraction(format_.fps, &numerator, &denominator);
    const PixelFormat format = format_.format.value_or(PixelFormat::I420);
    const CapsPtr caps(gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, gst_video_format_to_string(gst::to_gst(format)),
        "width", G_TYPE_INT, size.width, "height", G_TYPE_INT, size.height, "framerate",
        GST_TYPE_FRACTION, numerator, denominator, nullptr));
    TARSIER_TRY(GstElement * filter, pipeline_.add("capsfilter"));
    g_object_set(filter, "caps", caps.get(), nullptr);
    TARSIER_CHECK(pipeline_.link({source, filter}));
    return filter;
}

Status StreamClip::build_tail() {
    // Each element passes pictures through untouched unless it has something to do.
    TARSIER_TRY(entry_, pipeline_.add("videoconvert"));
    TARSIER_TRY(GstElement * upright, pipeline_.add("videoflip"));
    gst_util_set_object_arg(G_OBJECT(upright), "video-direction", "auto");
    TARSIER_TRY(GstElement * rate, pipeline_.add("videorate"));
    TARSIER_TRY(GstElement * paced, pipeline_.add("capsfilter"));
    TARSIER_TRY(GstElement * convert, pipeline_.add("videoconvertscale"));
    g_object_set(convert, "add-borders", FALSE, nullptr);
    TARSIER_TRY(GstElement * scaled, pipeline_.add("capsfilter"));
    TARSIER_TRY(GstElement * crop, pipeline_.add("videocrop"));
    TARSIER_TRY(GstElement * sink, pipeline_.add("appsink"));
    sink_ = GST_APP_SINK(sink);
    g_object_set(sink, "sync", FALSE, "max-buffers", kAhead, "enable-last-sample", FALSE, nullptr);
    if (format_.fps > 0) {
        int numerator = 0;
        int denominator = 1;
        gst_util_double_to_fraction(format_.fps, &numerator, &denominator);
        const CapsPtr caps(gst_caps_new_simple("video/x-raw", "framerate", GST_TYPE_FRACTION,
                                               numerator, denominator, nullptr));
        g_object_set(paced, "caps", caps.get(), nullptr);
        TARSIER_CHECK(pipeline_.link({entry_, upright, rate, paced, convert, scaled, crop, sink}));
    } else {
        gst_bin_remove_many(GST_BIN(pipeline_.get()), rate, paced, nullptr);
        TARSIER_CHECK(pipeline_.link({entry_, upright, convert, scaled, crop, sink}));
    }
    const PadPtr in(gst_element_get_static_pad(convert, "sink"));
    gst_pad_add_probe(
        in.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event,
        std::make_unique<Adapter>(Adapter{format_, scaled, crop}).release(),
        [](void* adapter) { std::unique_ptr<Adapter>(static_cast<Adapter*>(adapter)); });
    const PadPtr out(gst_element_get_static_pad(sink, "sink"));
    gst_pad_add_probe(out.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, on_allocation, nullptr,
                      nullptr);
    return Ok{};
}

Result<std::optional<Frame>> StreamClip::next(std::stop_token stop) {
    while (!stop.stop_requested()) {
        const gst::SamplePtr sample(gst_app_sink_try_pull_sample(sink_, kPoll));
        if (sample) return take(sample.get());
        // What was decoded comes first, then the error that ended it.
        if (auto failed = pipeline_.error()) return *std::move(failed);
        if (!gst_app_sink_is_eos(sink_)) continue;
        TARSIER_TRY(const bool ended, at_end(stop));
        if (ended) break;
    }
    return std::optional<Frame>();
}

/// Whether the end of the medium is the end of the clip; rewinds otherwise.
Result<bool> StreamClip::at_end(std::stop_token stop) {
    if (auto failed = pipeline_.wait_error(20 * kMillisecond)) return *std::move(failed);
    if (count_ == 0)
        return {Code::BadData, pipeline_.what() + ": no picture could be decoded",
                "check that the file is complete and not damaged"};
    if (!format_.loop) return true;
    TARSIER_CHECK(pipeline_.rewind(kOpenDeadline, stop));
    time_.restart();
    count_ = 0;
    return false;
}

Result<std::optional<Frame>> StreamClip::take(GstSample* sample) {
    GstCaps* caps = gst_sample_get_caps(sample);
    if (caps != caps_.get()) {
        if (!gst_video_info_from_caps(&info_, caps))
            return {Code::Unsupported, pipeline_.what() + ": pictures of an unknown kind"};
        caps_.reset(gst_caps_ref(caps));
    }
    Frame frame;
    TARSIER_TRY(frame.image, gst::wrap_buffer(gst_sample_get_buffer(sample), info_));
    frame.stamp = stamp_of(sample);
    ++count_;
    return std::optional<Frame>(std::move(frame));
}

Stamp StreamClip::stamp_of(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    Timestamp duration = 0;
    if (GST_BUFFER_DURATION_IS_VALID(buffer))
        duration = static_cast<Timestamp>(GST_BUFFER_DURATION(buffer));
    else if (GST_VIDEO_INFO_FPS_N(&info_) > 0)
        duration = static_cast<Timestamp>(
            gst_util_uint64_scale(GST_SECOND, static_cast<guint64>(GST_VIDEO_INFO_FPS_D(&info_)),
                                  static_cast<guint64>(GST_VIDEO_INFO_FPS_N(&info_))));
    std::optional<Timestamp> given;
    const GstSegment* segment = gst_sample_get_segment(sample);
    if (GST_BUFFER_PTS_IS_VALID(buffer)) {
        const GstClockTime running =
            gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
        if (GST_CLOCK_TIME_IS_VALID(running)) given = static_cast<Timestamp>(running);
    }
    if (live()) {
        const auto base = static_cast<Timestamp>(gst_element_get_base_time(pipeline_.get()));
        given = given ? *given + base : monotonic_now();
    }
    return {time_.next(given, duration), duration};
}

}  // namespace tarsier::nodes
