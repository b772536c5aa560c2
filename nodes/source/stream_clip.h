// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsink.h>

#include <memory>

#include "common/media_time.h"
#include "source/clip.h"
#include "source/gst/frame.h"
#include "source/gst/pipeline.h"
#include "source/location.h"

namespace tarsier::nodes {

/// Pictures of a file, a stream, a device or a test pattern, through GStreamer. They are the
/// decoder's own buffers, mapped, not copied, as long as nothing has to be converted.
class StreamClip final : public Clip {
  public:
    /// Opens the location and waits for the first picture (live sources: for the device), for at
    /// most kOpenDeadline. `live_test` makes a test pattern behave like a camera.
    static Result<std::unique_ptr<StreamClip>> open(const Location& location,
                                                    const ClipFormat& format, bool live_test,
                                                    std::stop_token stop);

    Result<std::optional<Frame>> next(std::stop_token stop) override;
    bool live() const override { return pipeline_.live(); }

    static constexpr Timestamp kOpenDeadline = 20 * kSecond;

  private:
    StreamClip(const Location& location, const ClipFormat& format);
    Result<GstElement*> build_head(const Location& location, bool live_test);
    Result<GstElement*> test_pattern(const std::string& pattern, bool live_test);
    Status build_tail();
    Result<std::optional<Frame>> take(GstSample* sample);
    Result<bool> at_end(std::stop_token stop);
    Stamp stamp_of(GstSample* sample);

    ClipFormat format_;
    gst::Pipeline pipeline_;
    GstElement* entry_ = nullptr;  ///< first element behind the decoder; the pipeline's
    GstAppSink* sink_ = nullptr;
    gst::CapsPtr caps_;    ///< of the last sample
    GstVideoInfo info_{};  ///< the same, parsed
    MediaTime time_;
    std::uint64_t count_ = 0;  ///< pictures since the beginning or the last rewind
};

}  // namespace tarsier::nodes
