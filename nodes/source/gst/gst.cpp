// SPDX-License-Identifier: Apache-2.0
#include "source/gst/gst.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace tarsier::gst {
namespace {

struct ElementPackage {
    std::string_view factory;
    std::string_view package;
};

constexpr ElementPackage kPackages[] = {
    {"libcamerasrc", "gstreamer1.0-libcamera"},    {"matroskamux", "gstreamer1.0-plugins-good"},
    {"mp4mux", "gstreamer1.0-plugins-good"},       {"pipewiresrc", "gstreamer1.0-pipewire"},
    {"v4l2src", "gstreamer1.0-plugins-good"},      {"videocrop", "gstreamer1.0-plugins-good"},
    {"videoflip", "gstreamer1.0-plugins-good"},    {"vp8enc", "gstreamer1.0-plugins-good"},
    {"webmmux", "gstreamer1.0-plugins-good"},      {"x264enc", "gstreamer1.0-plugins-ugly"},
    {"h264parse", "gstreamer1.0-plugins-bad"},     {"openh264enc", "gstreamer1.0-plugins-bad"},
    {"pngenc", "gstreamer1.0-plugins-good"},       {"jpegdec", "gstreamer1.0-plugins-good"},
    {"jpegenc", "gstreamer1.0-plugins-good"},      {"jpegparse", "gstreamer1.0-plugins-bad"},
    {"webpdec", "gstreamer1.0-plugins-bad"},       {"webpenc", "gstreamer1.0-plugins-bad"},
    {"gdkpixbufdec", "gstreamer1.0-plugins-good"},
};

Code resource_code(int code) {
    switch (code) {
        case GST_RESOURCE_ERROR_NOT_FOUND:
        case GST_RESOURCE_ERROR_OPEN_READ:
            return Code::NotFound;
        case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
            return Code::Permission;
        case GST_RESOURCE_ERROR_NO_SPACE_LEFT:
            return Code::Exhausted;
        case GST_RESOURCE_ERROR_BUSY:
        case GST_RESOURCE_ERROR_OPEN_READ_WRITE:  // a server that refuses the connection
            return Code::Unavailable;
        default:
            return Code::Io;
    }
}

Code stream_code(int code) {
    switch (code) {
        case GST_STREAM_ERROR_CODEC_NOT_FOUND:
        case GST_STREAM_ERROR_NOT_IMPLEMENTED:
        case GST_STREAM_ERROR_FORMAT:
            return Code::Unsupported;
        default:
            return Code::BadData;
    }
}

Code core_code(int code) {
    switch (code) {
        case GST_CORE_ERROR_MISSING_PLUGIN:
        case GST_CORE_ERROR_NEGOTIATION:
        case GST_CORE_ERROR_CAPS:
            return Code::Unsupported;
        case GST_CORE_ERROR_STATE_CHANGE:
            return Code::Unavailable;
        default:
            return Code::Io;
    }
}

Code code_of(const GError& error) {
    if (error.domain == GST_RESOURCE_ERROR) return resource_code(error.code);
    if (error.domain == GST_STREAM_ERROR) return stream_code(error.code);
    if (error.domain == GST_CORE_ERROR) return core_code(error.code);
    return Code::Io;
}

/// The words in `debug`, which GStreamer puts after "file.c(line): function (): /element/path:".
std::string detail_of(const char* debug) {
    std::string text = debug ? debug : "";
    const std::size_t first_line = text.find('\n');
    if (first_line == std::string::npos) return {};
    text = text.substr(first_line + 1);
    while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    return text;
}

bool mentions(const char* text, int error_number) {
    return text && std::string_view(text).find(g_strerror(error_number)) != std::string_view::npos;
}

const char* hint_of(Code code) {
    switch (code) {
        case Code::Exhausted:
            return "free some space or write elsewhere";
        case Code::BadData:
            return "check that the file is complete and not damaged";
        case Code::Unavailable:
            return "check that the server or device is on, can be reached and is not in use";
        default:
            return "";
    }
}

}  // namespace

Status init() {
    static const std::string failure = [] {
        GError* error = nullptr;
        if (gst_init_check(nullptr, nullptr, &error)) return std::string();
        std::string message = error ? error->message : "unknown reason";
        g_clear_error(&error);
        return message;
    }();
    if (failure.empty()) return Ok{};
    return {Code::Unavailable, "GStreamer does not start: " + failure};
}

bool run_bounded(std::function<void()> task, Timestamp deadline, std::stop_token stop) {
    struct Shared {
        std::mutex mutex;
        std::condition_variable_any changed;
        bool done = false;
    };
    const auto shared = std::make_shared<Shared>();
    std::thread([shared, task = std::move(task)]() mutable {
        task();
        task = nullptr;  // lets go of what it owns before the waiter goes on
        const std::lock_guard lock(shared->mutex);
        shared->done = true;
        shared->changed.notify_all();
    }).detach();
    std::unique_lock lock(shared->mutex);
    return shared->changed.wait_for(lock, stop, std::chrono::nanoseconds(deadline),
                                    [&] { return shared->done; });
}

Error translate(const GError& error, const char* debug, const std::string& what) {
    Error result;
    result.code = code_of(error);
    const std::string detail = detail_of(debug);
    if (mentions(debug, ENOSPC) || mentions(debug, EFBIG) || mentions(debug, EDQUOT))
        result.code = Code::Exhausted;
    if (mentions(debug, EACCES) || mentions(debug, EPERM)) result.code = Code::Permission;
    result.message = what + ": ";
    if (result.code == Code::Exhausted) result.message += "disk full: ";
    result.message += error.message;
    if (!detail.empty()) result.message += " (" + detail + ")";
    result.hint = hint_of(result.code);
    return result;
}

Error missing_element(std::string_view factory) {
    const auto* row = std::ranges::find(kPackages, factory, &ElementPackage::factory);
    const std::string_view package =
        row == std::end(kPackages) ? "gstreamer1.0-plugins-base" : row->package;
    return make_error(Code::Unavailable, "GStreamer has no element '" + std::string(factory) + "'",
                      "apt install " + std::string(package));
}

Error missing_decoder(const std::string& description, const std::string& what) {
    const bool network = description.find("protocol") != std::string::npos;
    return make_error(Code::Unsupported, what + ": GStreamer lacks: " + description,
                      network ? "apt install gstreamer1.0-plugins-good"
                              : "apt install gstreamer1.0-libav gstreamer1.0-plugins-bad");
}

}  // namespace tarsier::gst
