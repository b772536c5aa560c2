// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/gst.h>

#include <tarsier/base/clock.h>
#include <tarsier/base/result.h>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace tarsier::gst {

/// Loads GStreamer, once for the process. Fails with Unavailable. Thread-safe.
Status init();

struct ObjectUnref {
    void operator()(void* object) const { gst_object_unref(object); }
};
struct MiniObjectUnref {
    template <class T>
    void operator()(T* object) const {
        gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
    }
};
struct GFree {
    void operator()(void* memory) const { g_free(memory); }
};
using ElementPtr = std::unique_ptr<GstElement, ObjectUnref>;
using PadPtr = std::unique_ptr<GstPad, ObjectUnref>;
using BusPtr = std::unique_ptr<GstBus, ObjectUnref>;
using CapsPtr = std::unique_ptr<GstCaps, MiniObjectUnref>;
using SamplePtr = std::unique_ptr<GstSample, MiniObjectUnref>;
using MessagePtr = std::unique_ptr<GstMessage, MiniObjectUnref>;
using GString = std::unique_ptr<char, GFree>;

/// Runs `task` on a thread of its own and waits for it, for at most `deadline` ns or until `stop`.
/// False when it was given up: the task then goes on alone and must own what it uses.
bool run_bounded(std::function<void()> task, Timestamp deadline, std::stop_token stop = {});

/// A GStreamer error in our terms. `what` names the thing that failed, as in "camera
/// '/dev/video0'"; `debug` may be null.
Error translate(const GError& error, const char* debug, const std::string& what);

/// GStreamer lacks a plugin: which Debian package brings it.
Error missing_element(std::string_view factory);
/// The same for a decoder that GStreamer describes in words ("H.264 (Main Profile) decoder").
Error missing_decoder(const std::string& description, const std::string& what);

}  // namespace tarsier::gst
