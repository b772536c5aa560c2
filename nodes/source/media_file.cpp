// SPDX-License-Identifier: Apache-2.0
#include <tarsier/nodes/media_file.h>

#include <fmt/format.h>
#include <gst/app/gstappsink.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "common/convert.h"
#include "common/files.h"
#include "source/gst/pipeline.h"
#include "source/picture_file.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

constexpr Timestamp kDeadline = 20 * kSecond;  ///< to open a file, and between two pieces of it
constexpr GstClockTime kPoll = 20 * GST_MSECOND;
constexpr std::size_t kMostSeconds = 3600;

/// Where decodebin's output goes.
void on_pad(GstElement*, GstPad* pad, gpointer entry) {
    const gst::PadPtr sink(gst_element_get_static_pad(GST_ELEMENT(entry), "sink"));
    if (!gst_pad_is_linked(sink.get())) gst_pad_link(pad, sink.get());
}

void on_no_more_pads(GstElement* decoder, gpointer entry) {
    const gst::PadPtr sink(gst_element_get_static_pad(GST_ELEMENT(entry), "sink"));
    if (!gst_pad_is_linked(sink.get()))
        GST_ELEMENT_ERROR(decoder, STREAM, WRONG_TYPE, ("there is no sound in it"), (nullptr));
}

/// filesrc, decoder, one channel of floats at `sample_rate`, the sink that is returned.
Result<GstAppSink*> build(gst::Pipeline& pipeline, const fs::path& file, int sample_rate) {
    TARSIER_TRY(GstElement * source, pipeline.add("filesrc"));
    TARSIER_TRY(GstElement * decoder, pipeline.add("decodebin"));
    TARSIER_TRY(GstElement * convert, pipeline.add("audioconvert"));
    TARSIER_TRY(GstElement * resample, pipeline.add("audioresample"));
    TARSIER_TRY(GstElement * filter, pipeline.add("capsfilter"));
    TARSIER_TRY(GstElement * sink, pipeline.add("appsink"));
    g_object_set(source, "location", file.c_str(), nullptr);
    g_object_set(sink, "sync", FALSE, nullptr);
    const gst::CapsPtr any(gst_caps_new_empty_simple("audio/x-raw"));
    g_object_set(decoder, "caps", any.get(), "expose-all-streams", FALSE, nullptr);
    const gst::CapsPtr wanted(gst_caps_new_simple(
        "audio/x-raw", "format", G_TYPE_STRING, "F32LE", "layout", G_TYPE_STRING, "interleaved",
        "rate", G_TYPE_INT, sample_rate, "channels", G_TYPE_INT, 1, nullptr));
    g_object_set(filter, "caps", wanted.get(), nullptr);
    TARSIER_CHECK(pipeline.link({source, decoder}));
    TARSIER_CHECK(pipeline.link({convert, resample, filter, sink}));
    g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad), convert);
    g_signal_connect(decoder, "no-more-pads", G_CALLBACK(on_no_more_pads), convert);
    return GST_APP_SINK(sink);
}

void append(GstSample* sample, std::vector<float>& samples) {
    GstBuffer* const buffer = gst_sample_get_buffer(sample);
    const std::size_t count = gst_buffer_get_size(buffer) / sizeof(float);
    samples.resize(samples.size() + count);
    gst_buffer_extract(buffer, 0, samples.data() + samples.size() - count, count * sizeof(float));
}

}  // namespace

MediaKind media_kind(const fs::path& file) {
    if (is_picture(file)) return MediaKind::Picture;
    std::array<char, 4> begin{};
    std::ifstream(file, std::ios::binary).read(begin.data(), begin.size());
    const std::string_view magic(begin.data(), begin.size());
    const std::string_view known[] = {"RIFF", "OggS", "fLaC", "ID3\x03", "ID3\x04"};
    if (std::ranges::find(known, magic) != std::end(known)) return MediaKind::Sound;
    return MediaKind::Unknown;
}

Result<Image> read_picture_file(const fs::path& file) {
    TARSIER_TRY(const cv::Mat picture, read_picture(file));
    return image_from_bgr(picture.data, static_cast<std::ptrdiff_t>(picture.step[0]),
                          {picture.cols, picture.rows}, PixelFormat::Bgr8, {});
}

Result<Audio> read_sound_file(const fs::path& file, int sample_rate) {
    TARSIER_CHECK(check_readable(file));
    TARSIER_CHECK(gst::init());
    gst::Pipeline pipeline(fmt::format("'{}'", file.string()));
    TARSIER_TRY(GstAppSink * sink, build(pipeline, file, sample_rate));
    TARSIER_CHECK(pipeline.change(GST_STATE_PLAYING, kDeadline, {}));
    Audio audio;
    audio.sample_rate = sample_rate;
    audio.channels = 1;
    const std::size_t most = kMostSeconds * static_cast<std::size_t>(sample_rate);
    Timestamp last = monotonic_now();
    while (!gst_app_sink_is_eos(sink)) {
        const gst::SamplePtr sample(gst_app_sink_try_pull_sample(sink, kPoll));
        if (auto error = pipeline.error()) return *std::move(error);
        if (!sample && monotonic_now() - last > kDeadline)
            return {Code::BadData, pipeline.what() + ": nothing more comes out of it",
                    "check that the file is complete and not damaged"};
        if (!sample) continue;
        last = monotonic_now();
        append(sample.get(), audio.samples);
        if (audio.samples.size() > most)
            return {Code::Unsupported, pipeline.what() + ": longer than an hour"};
    }
    if (audio.samples.empty())
        return {Code::BadData, pipeline.what() + ": there is no sound in it",
                "check that the file is complete and not damaged"};
    return audio;
}

}  // namespace tarsier::nodes
