// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "common/picture.h"
#include "media_clip.h"

// Last, for it defines macros with names such as Status and None.
#include <X11/Xlib.h>
#undef Status
#undef None

namespace fs = std::filesystem;

namespace tarsier::testing {
namespace {

/// An X server without a screen; DISPLAY points to it while this lives.
class VirtualDisplay {
  public:
    VirtualDisplay() {
        if (::access("/usr/bin/Xvfb", X_OK) != 0) return;
        // The server picks a free number and writes it to the pipe when it is ready.
        int ready[2];
        if (::pipe(ready) != 0) return;
        server_ = ::fork();
        if (server_ == 0) {
            const int silent = ::open("/dev/null", O_WRONLY);
            ::dup2(silent, STDERR_FILENO);
            const std::string fd = std::to_string(ready[1]);
            ::execl("/usr/bin/Xvfb", "Xvfb", "-displayfd", fd.c_str(), "-screen", "0", "640x480x24",
                    "-noreset", "-nolisten", "tcp", nullptr);
            ::_exit(127);
        }
        ::close(ready[1]);
        std::string number;
        for (char digit = 0; ::read(ready[0], &digit, 1) == 1 && digit != '\n';) number += digit;
        ::close(ready[0]);
        if (!number.empty()) name_ = ":" + number;
        if (!name_.empty()) ::setenv("DISPLAY", name_.c_str(), 1);
    }
    ~VirtualDisplay() {
        ::unsetenv("DISPLAY");
        if (server_ <= 0) return;
        ::kill(server_, SIGTERM);
        ::waitpid(server_, nullptr, 0);
    }
    VirtualDisplay(const VirtualDisplay&) = delete;
    VirtualDisplay& operator=(const VirtualDisplay&) = delete;

    bool usable() const { return !name_.empty(); }

  private:
    pid_t server_ = -1;
    std::string name_;
};

Packet red_packet(Timestamp ts) {
    const cv::Mat bgr(240, 320, CV_8UC3, cv::Scalar(20, 40, 230));
    auto image =
        std::make_shared<const Image>(std::move(*nodes::from_opencv(bgr, PixelFormat::Rgb8)));
    Packet packet;
    packet.key.ts = ts;
    packet.payload = Payload::of<Image>(std::move(image));
    return packet;
}

/// A sink that opens a real window.
struct WindowSink {
    WindowSink() {
        node = std::move(*make_node("sink.video", {{"to", "window"}, {"title", "A test"}}));
        node->attach(&context);
    }
    Status show(Timestamp ts) {
        node->inputs().front()->put(red_packet(ts));
        return node->process();
    }
    NodeContext context;
    std::unique_ptr<Node> node;
};

TEST(VideoSinkWindow, NeedsADisplayAndSaysWhatElseWorks) {
    const char* before = std::getenv("DISPLAY");
    const std::string kept = before ? before : "";
    ::unsetenv("DISPLAY");
    ::unsetenv("WAYLAND_DISPLAY");
    WindowSink sink;
    EXPECT_ERROR(sink.node->start(), Code::Unavailable, "--headless");
    if (before) ::setenv("DISPLAY", kept.c_str(), 1);
}

TEST(VideoSinkWindow, ShowsThePictures) {
    const VirtualDisplay display;
    if (!display.usable()) GTEST_SKIP() << "needs the program Xvfb (apt install xvfb)";
    WindowSink sink;
    const Status started = sink.node->start();
    ASSERT_TRUE(started) << started.error().to_string();
    const TempFolder folder;
    // The window comes up when the server likes: show and look until the red is there.
    bool red = false;
    for (int i = 0; i < 100 && !red; ++i) {
        const Status shown = sink.show(i * 20 * kMillisecond);
        ASSERT_TRUE(shown) << shown.error().to_string();
        if (i % 10 != 9) continue;
        ASSERT_TRUE(
            run_pipeline("ximagesrc num-buffers=1 use-damage=false ! videoconvert ! pngenc ! "
                         "filesink location=" +
                         folder / "screen.png"));
        const cv::Mat screen = cv::imread(folder / "screen.png");
        cv::Mat mask;
        cv::inRange(screen, cv::Scalar(0, 20, 200), cv::Scalar(60, 60, 255), mask);
        red = cv::countNonZero(mask) > 320 * 200;
    }
    EXPECT_TRUE(red);
    EXPECT_TRUE(sink.node->stop());
}

/// Presses the close button of every window, as a window manager would.
void close_windows() {
    Display* display = XOpenDisplay(nullptr);
    ASSERT_NE(display, nullptr);
    Window root = 0;
    Window parent = 0;
    Window* windows = nullptr;
    unsigned count = 0;
    XQueryTree(display, DefaultRootWindow(display), &root, &parent, &windows, &count);
    for (unsigned i = 0; i < count; ++i) {
        XEvent event{};
        event.xclient.type = ClientMessage;
        event.xclient.window = windows[i];
        event.xclient.message_type = XInternAtom(display, "WM_PROTOCOLS", False);
        event.xclient.format = 32;
        event.xclient.data.l[0] =
            static_cast<long>(XInternAtom(display, "WM_DELETE_WINDOW", False));
        XSendEvent(display, windows[i], False, NoEventMask, &event);
    }
    XFree(windows);
    XCloseDisplay(display);
}

TEST(VideoSinkWindow, EndsAsCancelledWhenTheUserClosesIt) {
    const VirtualDisplay display;
    if (!display.usable()) GTEST_SKIP() << "needs the program Xvfb (apt install xvfb)";
    WindowSink sink;
    ASSERT_TRUE(sink.node->start());
    Status shown = Ok{};
    for (int i = 0; i < 500 && shown; ++i) {
        shown = sink.show(i * 20 * kMillisecond);
        if (i % 10 == 9) close_windows();
    }
    EXPECT_ERROR(shown, Code::Cancelled, "window was closed");
    EXPECT_TRUE(sink.node->stop());
}

}  // namespace
}  // namespace tarsier::testing
