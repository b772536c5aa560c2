// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/gst.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run_node.h"

namespace tarsier::testing {

/// A folder that exists for one test.
class TempFolder {
  public:
    TempFolder() {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("tarsier-nodes-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(path_);
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

/// Runs a GStreamer pipeline, as gst-launch-1.0 would, to its end.
inline ::testing::AssertionResult run_pipeline(const std::string& description) {
    gst_init(nullptr, nullptr);
    GError* error = nullptr;
    GstElement* pipeline = gst_parse_launch(description.c_str(), &error);
    if (!pipeline || error) return ::testing::AssertionFailure() << (error ? error->message : "");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* end = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    const bool ok = end && GST_MESSAGE_TYPE(end) == GST_MESSAGE_EOS;
    std::string reason;
    if (end && !ok) {
        gst_message_parse_error(end, &error, nullptr);
        reason = error->message;
        g_error_free(error);
    }
    if (end) gst_message_unref(end);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
    return ok ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << reason;
}

/// Encodes `frames` pictures of a moving test pattern, 160x120 at 25 a second unless `caps` says
/// more.
inline ::testing::AssertionResult make_clip(
    const std::string& file, int frames,
    const std::string& tail = "x264enc key-int-max=10 bframes=0 ! mp4mux",
    const std::string& caps = "width=160,height=120") {
    return run_pipeline("videotestsrc pattern=ball num-buffers=" + std::to_string(frames) +
                        " ! video/x-raw,format=I420,framerate=25/1," + caps + " ! " + tail +
                        " ! filesink location=\"" + file + "\"");
}

/// What a source delivered until it ended or failed.
struct Played {
    std::vector<Stamp> stamps;
    Size size;
    std::optional<PixelFormat> format;
    ColorSpace color;
    Status status = Ok{};
    bool live = false;
};

inline Played play(const Options& options, std::string_view node = "source.video",
                   int most = 100000) {
    Played played;
    NodeRunner runner(node, options);
    played.status = runner.status();
    if (!played.status) return played;
    played.live = runner.node().live();
    while (!runner.node().finished() && static_cast<int>(played.stamps.size()) < most) {
        Outputs out = runner.fire();
        played.status = out.status;
        if (!out.ok()) break;
        if (!out.has("image")) continue;
        const Image& image = *out.get<Image>("image");
        played.size = image.size();
        played.format = image.format();
        played.color = image.color;
        played.stamps.push_back(out.stamps.at("image"));
    }
    return played;
}

}  // namespace tarsier::testing
