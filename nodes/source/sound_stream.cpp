// SPDX-License-Identifier: Apache-2.0
#include "source/sound_stream.h"

#include <fmt/format.h>
#include <tarsier/base/assets.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "source/location.h"

namespace tarsier::nodes {
namespace {

/// How often a wait for sound looks whether the graph stops or the stream has failed.
constexpr GstClockTime kPoll = 20 * GST_MSECOND;
/// A device that is off by more has lost sound.
constexpr Timestamp kHole = 40 * kMillisecond;

/// A medium that holds only pictures makes the decoder miss a way from pictures to sound.
Error explain(Error error, const std::string& what) {
    if (error.code == Code::Unsupported && error.message.find("(video/") != std::string::npos)
        return make_error(Code::BadData, what + ": there is no sound in it");
    return error;
}

gst::CapsPtr raw_sound() { return gst::CapsPtr(gst_caps_from_string("audio/x-raw(ANY)")); }

}  // namespace

Result<SoundLocation> locate_sound(const std::string& uri, const NodeContext& context) {
    using Kind = SoundLocation::Kind;
    if (uri.empty())
        return {
            Code::Invalid, "option 'uri' is empty",
            "give a file, a URI, microphone, pulse:NAME, pipewire:NAME, alsa:hw:0 or test:sine"};
    if (uri == "microphone") return SoundLocation{Kind::Microphone, {}, "the microphone"};
    const std::pair<std::string_view, Kind> forms[] = {{"pulse:", Kind::Pulse},
                                                       {"pipewire:", Kind::Pipewire},
                                                       {"alsa:", Kind::Alsa},
                                                       {"test:", Kind::Test}};
    for (const auto& [prefix, kind] : forms)
        if (uri.starts_with(prefix))
            return SoundLocation{kind, uri.substr(prefix.size()), "sound '" + uri + "'"};
    TARSIER_TRY(const Location location, locate(uri, context));
    if (location.kind == Location::Kind::File)
        return SoundLocation{Kind::File, location.target, location.what};
    if (location.kind == Location::Kind::Network)
        return SoundLocation{Kind::Network, location.target, location.what};
    return {Code::Invalid, fmt::format("uri '{}' is a camera", uri),
            "microphone, pulse:NAME or alsa:hw:0 are microphones"};
}

SoundStream::SoundStream(const SoundLocation& location, const Format& format)
    : format_(format), pipeline_(location.what) {}

Result<std::unique_ptr<SoundStream>> SoundStream::open(const SoundLocation& location,
                                                       const Format& format, std::stop_token stop) {
    TARSIER_CHECK(gst::init());
    std::unique_ptr<SoundStream> stream(new SoundStream(location, format));
    TARSIER_CHECK(stream->build(location));
    // Stamps of live sound are then those of CLOCK_MONOTONIC.
    const std::unique_ptr<GstClock, gst::ObjectUnref> clock(gst_system_clock_obtain());
    gst_pipeline_use_clock(GST_PIPELINE(stream->pipeline_.get()), clock.get());
    gst::Pipeline& pipeline = stream->pipeline_;
    if (Status opened = pipeline.change(GST_STATE_PAUSED, kOpenDeadline, stop); !opened)
        return explain(std::move(opened.error()), location.what);
    if (stream->live()) {
        TARSIER_CHECK(pipeline.play(kOpenDeadline, stop));
    } else {
        TARSIER_CHECK(pipeline.change(GST_STATE_PLAYING, kOpenDeadline, stop));
    }
    return stream;
}

Result<GstElement*> SoundStream::generator(const std::string& wave) {
    TARSIER_TRY(GstElement * source, pipeline_.add("audiotestsrc"));
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(source), "wave");
    const GEnumClass* known = G_PARAM_SPEC_ENUM(spec)->enum_class;
    std::vector<std::string_view> names;
    for (guint i = 0; i < known->n_values; ++i) names.emplace_back(known->values[i].value_nick);
    if (std::ranges::find(names, wave) == names.end()) {
        const std::string_view close = closest(wave, names);
        return {Code::NotFound, "there is no " + pipeline_.what(),
                close.empty() ? "sine, silence, ticks and white-noise are some of the waves"
                              : fmt::format("did you mean test:{}?", close)};
    }
    gst_util_set_object_arg(G_OBJECT(source), "wave", wave.c_str());
    g_object_set(source, "is-live", format_.live_test ? TRUE : FALSE, nullptr);
    return source;
}

/// What makes raw sound by itself.
Result<GstElement*> SoundStream::device(const SoundLocation& location) {
    using Kind = SoundLocation::Kind;
    if (location.kind == Kind::Test) return generator(location.target);
    const char* factory = "autoaudiosrc";
    const char* property = "device";
    if (location.kind == Kind::Pulse) factory = "pulsesrc";
    if (location.kind == Kind::Alsa) factory = "alsasrc";
    if (location.kind == Kind::Pipewire) {
        factory = "pipewiresrc";
        property = "target-object";
    }
    TARSIER_TRY(GstElement * source, pipeline_.add(factory));
    if (!location.target.empty()) g_object_set(source, property, location.target.c_str(), nullptr);
    return source;
}

Status SoundStream::build(const SoundLocation& location) {
    using Kind = SoundLocation::Kind;
    TARSIER_TRY(GstElement * convert, pipeline_.add("audioconvert"));
    TARSIER_TRY(GstElement * resample, pipeline_.add("audioresample"));
    TARSIER_TRY(GstElement * filter, pipeline_.add("capsfilter"));
    TARSIER_TRY(GstElement * sink, pipeline_.add("appsink"));
    sink_ = GST_APP_SINK(sink);
    g_object_set(sink, "sync", FALSE, "enable-last-sample", FALSE, "max-buffers", 64u, nullptr);
    const gst::CapsPtr wanted(gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "F32LE",
                                                  "layout", G_TYPE_STRING, "interleaved", "rate",
                                                  G_TYPE_INT, format_.sample_rate, "channels",
                                                  G_TYPE_INT, format_.channels, nullptr));
    g_object_set(filter, "caps", wanted.get(), nullptr);
    TARSIER_CHECK(pipeline_.link({convert, resample, filter, sink}));
    const gst::CapsPtr any = raw_sound();
    GstElement* decoder = nullptr;
    if (location.kind == Kind::File) {
        TARSIER_TRY(GstElement * source, pipeline_.add("filesrc"));
        TARSIER_TRY(decoder, pipeline_.add("decodebin"));
        g_object_set(source, "location", location.target.c_str(), nullptr);
        TARSIER_CHECK(pipeline_.link({source, decoder}));
    } else if (location.kind == Kind::Network) {
        TARSIER_TRY(decoder, pipeline_.add("uridecodebin"));
        g_object_set(decoder, "uri", location.target.c_str(), nullptr);
    } else {
        TARSIER_TRY(GstElement * source, device(location));
        return pipeline_.link({source, convert});
    }
    g_object_set(decoder, "caps", any.get(), "expose-all-streams", FALSE, nullptr);
    gst::Pipeline::link_later(decoder, convert, "there is no sound in it");
    return Ok{};
}

Timestamp SoundStream::length_of(std::int64_t frames) const {
    return frames * kSecond / format_.sample_rate;
}

/// Takes the samples over. Where time jumps, what was pending before is given up: it would be
/// shorter than a piece.
void SoundStream::append(GstSample* sample) {
    GstBuffer* const buffer = gst_sample_get_buffer(sample);
    const auto channels = static_cast<std::size_t>(format_.channels);
    const Timestamp follows =
        begin_ + length_of(given_ + static_cast<std::int64_t>(pending_.size() / channels));
    Timestamp now = begun_ ? follows : 0;
    if (live()) {
        now = monotonic_now();
        const GstClockTime running = gst_segment_to_running_time(
            gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
        if (GST_BUFFER_PTS_IS_VALID(buffer) && GST_CLOCK_TIME_IS_VALID(running))
            now = static_cast<Timestamp>(running) +
                  static_cast<Timestamp>(gst_element_get_base_time(pipeline_.get()));
        if (!begun_ || std::llabs(now - follows) > kHole) {
            pending_.clear();
            begin_ = begun_ ? std::max(now, follows) : now;
            given_ = 0;
        }
    }
    begun_ = true;
    any_ = true;
    const std::size_t count = gst_buffer_get_size(buffer) / sizeof(float);
    pending_.resize(pending_.size() + count);
    gst_buffer_extract(buffer, 0, pending_.data() + pending_.size() - count, count * sizeof(float));
}

SoundStream::Piece SoundStream::cut(std::size_t frames) {
    const auto values =
        static_cast<std::ptrdiff_t>(frames * static_cast<std::size_t>(format_.channels));
    Piece piece;
    piece.audio.sample_rate = format_.sample_rate;
    piece.audio.channels = format_.channels;
    piece.audio.samples.assign(pending_.begin(), pending_.begin() + values);
    pending_.erase(pending_.begin(), pending_.begin() + values);
    const Timestamp ts = begin_ + length_of(given_);
    given_ += static_cast<std::int64_t>(frames);
    piece.stamp = {ts, begin_ + length_of(given_) - ts};
    return piece;
}

Result<std::optional<SoundStream::Piece>> SoundStream::next(std::stop_token stop) {
    const auto channels = static_cast<std::size_t>(format_.channels);
    const auto frames = static_cast<std::size_t>(
        std::max<Timestamp>(1, format_.chunk * format_.sample_rate / kSecond));
    const Timestamp began = monotonic_now();
    while (!stop.stop_requested()) {
        if (pending_.size() >= frames * channels) return std::optional<Piece>(cut(frames));
        const gst::SamplePtr sample(gst_app_sink_try_pull_sample(sink_, kPoll));
        if (sample) {
            append(sample.get());
            continue;
        }
        // What was decoded comes first, then the error that ended it.
        if (auto failed = pipeline_.error()) return *std::move(failed);
        if (!gst_app_sink_is_eos(sink_)) {
            if (live() || monotonic_now() - began <= kStall) continue;
            return {Code::BadData, pipeline_.what() + ": nothing more comes out of it",
                    "check that the file is complete and not damaged"};
        }
        TARSIER_TRY(const bool ended, at_end(stop));
        if (!ended) continue;
        if (pending_.size() < channels) break;
        return std::optional<Piece>(cut(pending_.size() / channels));
    }
    return std::optional<Piece>();
}

/// Whether the end of the medium is the end of the sound; rewinds otherwise.
Result<bool> SoundStream::at_end(std::stop_token stop) {
    if (auto failed = pipeline_.wait_error(20 * kMillisecond)) return *std::move(failed);
    if (!any_)
        return {Code::BadData, pipeline_.what() + ": no sound could be decoded",
                "check that the file is complete and not damaged"};
    if (!format_.loop) return true;
    TARSIER_CHECK(pipeline_.rewind(kOpenDeadline, stop));
    any_ = false;
    return false;
}

}  // namespace tarsier::nodes
