// SPDX-License-Identifier: Apache-2.0
#include "sink/window.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "source/gst/frame.h"

namespace tarsier::nodes {
namespace {

constexpr Timestamp kOpenDeadline = 5 * kSecond;
/// Pictures on their way to the screen.
constexpr guint64 kWaiting = 2;
constexpr Timestamp kShowDeadline = 5 * kSecond;
/// A packet whose stamp is this near to its capture time is live: its clock is ours.
constexpr Timestamp kLiveDistance = 2 * kSecond;

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value && *value;
}

/// An element that can open a window here, ready to show; null when there is none.
GstElement* window_element() {
    constexpr std::array<const char*, 4> kFactories = {"waylandsink", "ximagesink", "xvimagesink",
                                                       "glimagesink"};
    for (const char* factory : kFactories) {
        const bool wayland_only = std::string_view(factory) == "waylandsink";
        if (wayland_only && !is_set("WAYLAND_DISPLAY")) continue;
        gst::ElementPtr element(gst_element_factory_make(factory, nullptr));
        if (!element) continue;
        gst_object_ref_sink(element.get());
        if (gst_element_set_state(element.get(), GST_STATE_READY) != GST_STATE_CHANGE_FAILURE)
            return element.release();
        gst_element_set_state(element.get(), GST_STATE_NULL);
    }
    return nullptr;
}

}  // namespace

Window::Window() : pipeline_("window") {}

Result<std::unique_ptr<Window>> Window::open(const std::string& title, std::stop_token stop) {
    if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY"))
        return {Code::Unavailable, "there is no display to open a window on",
                "run with --headless, or write to a file: -p sink=out.mp4"};
    TARSIER_CHECK(gst::init());
    std::unique_ptr<Window> window(new Window);
    window->title_ = title;
    TARSIER_CHECK(window->build(stop));
    return window;
}

Status Window::build(std::stop_token stop) {
    // Displays are opened here, over a network perhaps, hence on a thread that may be left behind.
    const auto found = std::make_shared<gst::ElementPtr>();
    const bool done =
        gst::run_bounded([found] { found->reset(window_element()); }, kOpenDeadline, stop);
    if (!done) return {Code::Unavailable, "the display does not answer within 5 s"};
    if (!*found)
        return {Code::Unavailable, "no window can be opened on this display",
                "apt install gstreamer1.0-x, or run with --headless"};
    GstElement* sink = found->get();
    gst_bin_add(GST_BIN(pipeline_.get()), sink);
    g_object_set(sink, "sync", FALSE, "qos", FALSE, nullptr);
    TARSIER_TRY(GstElement * entry, pipeline_.add("appsrc"));
    entry_ = GST_APP_SRC(entry);
    g_object_set(entry, "format", GST_FORMAT_TIME, "max-buffers", guint64{0}, "max-bytes",
                 guint64{0}, "max-time", guint64{0}, nullptr);
    // Scales too, for a window that was made larger.
    TARSIER_TRY(GstElement * convert, pipeline_.add("videoconvertscale"));
    TARSIER_CHECK(pipeline_.link({entry, convert, sink}));
    return pipeline_.play(kOpenDeadline, stop);
}

/// Waits until the picture's time has come.
void Window::pace(const Packet& packet, std::stop_token stop) {
    const Timestamp now = monotonic_now();
    const bool live =
        packet.origin && std::abs(packet.origin->captured_at - packet.key.ts) < kLiveDistance;
    if (live) return;
    const Timestamp due = origin_.value_or(now - packet.key.ts) + packet.key.ts;
    const bool jumped = due - now > kSecond;  // back in time, or over a gap
    if (!origin_ || now - due > kLate || jumped) {
        origin_ = now - packet.key.ts;
        return;
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, std::chrono::nanoseconds(due - now), [] { return false; });
}

Status Window::failure(Error error) const {
    // What the window elements of GStreamer say when the user closes them.
    if (error.message.find("window was closed") != std::string::npos)
        return {Code::Cancelled, "the window was closed"};
    return error;
}

Status Window::write(const Packet& packet, std::shared_ptr<const Image> image,
                     std::stop_token stop) {
    const bool first = size_ == Size{};
    if (size_ != image->size() || format_ != image->format() || color_ != image->color) {
        size_ = image->size();
        format_ = image->format();
        color_ = image->color;
        gst_app_src_set_caps(entry_, gst::caps_of(*image, 0).get());
    }
    if (first)
        gst_element_send_event(GST_ELEMENT(entry_), gst_event_new_tag(gst_tag_list_new(
                                                        GST_TAG_TITLE, title_.c_str(), nullptr)));
    pace(packet, stop);
    TARSIER_TRY(GstBuffer * buffer, gst::wrap_image(std::move(image)));
    const Timestamp until = monotonic_now() + kShowDeadline;
    auto failed = pipeline_.error();
    while (!failed && gst_app_src_get_current_level_buffers(entry_) >= kWaiting &&
           !stop.stop_requested() && monotonic_now() < until)
        failed = pipeline_.wait_error(2 * kMillisecond);
    if (failed) {
        gst_buffer_unref(buffer);
        return failure(*std::move(failed));
    }
    if (gst_app_src_push_buffer(entry_, buffer) == GST_FLOW_OK) return Ok{};
    if (auto reported = pipeline_.wait_error(kSecond)) return failure(*std::move(reported));
    return {Code::Io, "the window takes no more pictures"};
}

Status Window::finish() {
    pipeline_.close();
    return Ok{};
}

}  // namespace tarsier::nodes
