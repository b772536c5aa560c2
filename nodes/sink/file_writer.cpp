// SPDX-License-Identifier: Apache-2.0
#include "sink/file_writer.h"

#include <fmt/format.h>

#include <tarsier/base/log.h>
#include <algorithm>
#include <cmath>
#include <utility>

#include "common/files.h"
#include "source/gst/frame.h"

namespace fs = std::filesystem;

namespace tarsier::nodes {
namespace {

/// Pictures on their way to the encoder.
constexpr guint64 kWaiting = 4;
/// A fixed number, so that a file does not depend on the machine's count of cores.
constexpr int kEncoderThreads = 4;
/// A key picture, and in MP4 a fragment, this often.
constexpr Timestamp kKeyInterval = kSecond;
constexpr double kUsualFps = 30;
/// How long one picture may wait for the encoder, and the file for its end.
constexpr Timestamp kWriteDeadline = 30 * kSecond;
constexpr Timestamp kFinishDeadline = 30 * kSecond;
constexpr Timestamp kOpenDeadline = 10 * kSecond;

std::string extension_of(const fs::path& file) {
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

/// `quality` 1..100 on the scale of an encoder's quantizer, `best` at 100.
int quantizer(int quality, int worst, int best) {
    return static_cast<int>(std::lround(worst + (best - worst) * (quality - 1) / 99.0));
}

}  // namespace

FileWriter::FileWriter(const fs::path& file) : file_(file), pipeline_("'" + file.string() + "'") {}

Result<std::unique_ptr<FileWriter>> FileWriter::open(const fs::path& file, int quality,
                                                     std::stop_token stop) {
    TARSIER_CHECK(check_writable(file));
    TARSIER_CHECK(gst::init());
    std::unique_ptr<FileWriter> writer(new FileWriter(file));
    TARSIER_CHECK(writer->build(quality));
    TARSIER_CHECK(writer->pipeline_.play(kOpenDeadline, stop));
    return writer;
}

Status FileWriter::build(int quality) {
    const std::string extension = extension_of(file_);
    const bool webm = extension == ".webm";
    const bool mp4 = extension == ".mp4" || extension == ".m4v" || extension == ".mov";
    TARSIER_TRY(GstElement * entry, pipeline_.add("appsrc"));
    entry_ = GST_APP_SRC(entry);
    g_object_set(entry, "format", GST_FORMAT_TIME, "max-buffers", guint64{0}, "max-bytes",
                 guint64{0}, "max-time", guint64{0}, nullptr);
    TARSIER_TRY(even_, pipeline_.add("videocrop"));
    TARSIER_TRY(GstElement * convert, pipeline_.add("videoconvert"));
    TARSIER_TRY(converted_, pipeline_.add("capsfilter"));
    TARSIER_TRY(GstElement * mux, muxer(mp4, webm));
    TARSIER_TRY(GstElement * out, pipeline_.add("filesink"));
    g_object_set(out, "location", file_.c_str(), "async", FALSE, nullptr);
    gst_util_set_object_arg(G_OBJECT(out), "buffer-mode", "unbuffered");
    if (webm) {
        TARSIER_TRY(GstElement * encoder, vp8_encoder(quality));
        return pipeline_.link({entry, even_, convert, converted_, encoder, mux, out});
    }
    TARSIER_TRY(GstElement * encoder, h264_encoder(quality));
    TARSIER_TRY(GstElement * parse, pipeline_.add("h264parse"));
    return pipeline_.link({entry, even_, convert, converted_, encoder, parse, mux, out});
}

Result<GstElement*> FileWriter::h264_encoder(int quality) {
    constexpr int kKeyPictures = static_cast<int>(kUsualFps);
    auto made = pipeline_.add("x264enc");
    if (made) {
        gst_util_set_object_arg(G_OBJECT(*made), "pass", "qual");
        gst_util_set_object_arg(G_OBJECT(*made), "speed-preset", "veryfast");
        // Without B pictures decoding order is showing order, so that no edit list has to repair
        // the times.
        g_object_set(*made, "quantizer", static_cast<guint>(quantizer(quality, 45, 12)), "threads",
                     static_cast<guint>(kEncoderThreads), "bframes", 0u, "key-int-max",
                     static_cast<guint>(kKeyPictures), nullptr);
        return made;
    }
    auto fallback = pipeline_.add("openh264enc");
    if (!fallback) return made;  // the better one is what is worth installing
    gst_util_set_object_arg(G_OBJECT(*fallback), "rate-control", "quality");
    g_object_set(*fallback, "bitrate", static_cast<guint>(80'000 * quality), "gop-size",
                 static_cast<guint>(kKeyPictures), "multi-thread",
                 static_cast<guint>(kEncoderThreads), nullptr);
    return fallback;
}

Result<GstElement*> FileWriter::vp8_encoder(int quality) {
    TARSIER_TRY(GstElement * encoder, pipeline_.add("vp8enc"));
    gst_util_set_object_arg(G_OBJECT(encoder), "end-usage", "cq");
    constexpr gint64 kRealtime = 1;
    constexpr gint kFixedSpeed =
        -6;  // a positive one adapts to the machine's load, and so the bytes
    g_object_set(encoder, "cq-level", quantizer(quality, 60, 4), "min-quantizer", 2,
                 "max-quantizer", 63, "target-bitrate", 20'000'000, "deadline", kRealtime,
                 "cpu-used", kFixedSpeed, "threads", kEncoderThreads, "keyframe-max-dist",
                 static_cast<int>(kUsualFps), nullptr);
    return encoder;
}

Result<GstElement*> FileWriter::muxer(bool mp4, bool webm) {
    TARSIER_TRY(GstElement * mux, pipeline_.add(mp4 ? "mp4mux" : webm ? "webmmux" : "matroskamux"));
    if (!mp4) return mux;
    // Fragments while it grows, an ordinary MP4 once it is complete.
    gst_util_set_object_arg(G_OBJECT(mux), "fragment-mode", "first-moov-then-finalise");
    g_object_set(mux, "fragment-duration", static_cast<guint>(kKeyInterval / kMillisecond),
                 nullptr);
    // Frame times of all usual rates are whole numbers of 1/90000 s.
    g_signal_connect(mux, "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer) {
                         g_object_set(pad, "trak-timescale", 90'000u, nullptr);
                     }),
                     nullptr);
    return mux;
}

/// Tells GStreamer what the next pictures are like.
Status FileWriter::describe(const Packet& packet, const Image& image) {
    if (count_ > 0 && size_ != image.size())
        return {
            Code::Unsupported,
            fmt::format("{}: the pictures changed from {}x{} to {}x{}, a file has one size",
                        pipeline_.what(), size_.width, size_.height, image.width(), image.height()),
            "give the source a size, as in size: 1280x720"};
    if (count_ > 0 && format_ == image.format() && color_ == image.color) return Ok{};
    if (image.width() < 2 || image.height() < 2)
        return {Code::Unsupported, pipeline_.what() + ": pictures must have at least 2x2 pixels"};
    format_ = image.format();
    color_ = image.color;
    if (count_ == 0) {
        size_ = image.size();
        g_object_set(even_, "right", image.width() % 2, "bottom", image.height() % 2, nullptr);
        const ColorSpace kept = image.plane_count() > 1 ? image.color : ColorSpace{};
        const gst::CapsPtr target(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING,
                                                      "I420", "colorimetry", G_TYPE_STRING,
                                                      gst::colorimetry(kept), nullptr));
        g_object_set(converted_, "caps", target.get(), nullptr);
    }
    const double fps = packet.duration > 0
                           ? static_cast<double>(kSecond) / static_cast<double>(packet.duration)
                           : kUsualFps;
    gst_app_src_set_caps(entry_, gst::caps_of(image, fps).get());
    return Ok{};
}

/// The pipeline reports its errors while we wait.
Status FileWriter::wait_for_room(std::stop_token stop) {
    const Timestamp until = monotonic_now() + kWriteDeadline;
    auto failure = pipeline_.error();
    while (!failure && gst_app_src_get_current_level_buffers(entry_) >= kWaiting) {
        if (stop.stop_requested()) return {Code::Cancelled, pipeline_.what() + ": not completed"};
        if (monotonic_now() > until)
            return {Code::Unavailable, pipeline_.what() + ": the encoder stands still"};
        failure = pipeline_.wait_error(2 * kMillisecond);
    }
    if (failure) return *std::move(failure);
    return Ok{};
}

Status FileWriter::write(const Packet& packet, std::shared_ptr<const Image> image,
                         std::stop_token stop) {
    TARSIER_CHECK(describe(packet, *image));
    if (Status room = wait_for_room(stop); !room) {
        failed_ = true;
        return room;
    }
    TARSIER_TRY(GstBuffer * buffer, gst::wrap_image(std::move(image)));
    if (count_ == 0) first_ = packet.key.ts;
    if (packet.key.epoch != epoch_) time_.restart();
    epoch_ = packet.key.epoch;
    GST_BUFFER_PTS(buffer) =
        static_cast<GstClockTime>(time_.next(packet.key.ts - first_, packet.duration));
    if (packet.duration > 0)
        GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(packet.duration);
    ++count_;
    // A refused buffer has its reason on the bus.
    if (gst_app_src_push_buffer(entry_, buffer) == GST_FLOW_OK) return Ok{};
    failed_ = true;
    if (auto failure = pipeline_.wait_error(kSecond)) return *std::move(failure);
    return {Code::Io, pipeline_.what() + ": the encoder takes no more pictures"};
}

Status FileWriter::finish() {
    Status result = Ok{};
    if (count_ == 0) {
        pipeline_.close();
        std::error_code ignored;
        fs::remove(file_, ignored);
        log::warn("sink.video", "no picture came; {} is not written", pipeline_.what());
        return result;
    }
    if (!failed_) {
        gst_app_src_end_of_stream(entry_);
        result = pipeline_.wait_end(kFinishDeadline);
    }
    pipeline_.close();
    return result;
}

}  // namespace tarsier::nodes
