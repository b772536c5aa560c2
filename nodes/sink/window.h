// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsrc.h>

#include <memory>
#include <optional>
#include <string>

#include "sink/video_output.h"
#include "source/gst/pipeline.h"

namespace tarsier::nodes {

/// A window on the desktop. Pictures of files are shown at their time, live ones at once.
class Window final : public VideoOutput {
  public:
    /// Unavailable without a display or without a GStreamer element that opens windows.
    static Result<std::unique_ptr<Window>> open(const std::string& title, std::stop_token stop);

    /// Fails with Cancelled when the user has closed the window.
    Status write(const Packet& packet, std::shared_ptr<const Image> image,
                 std::stop_token stop) override;
    Status finish() override;

  private:
    Window();
    Status build(std::stop_token stop);
    void pace(const Packet& packet, std::stop_token stop);
    Status failure(Error error) const;

    /// A picture that is later than this starts the clock anew: the show goes on, it does not race.
    static constexpr Timestamp kLate = 100 * kMillisecond;

    gst::Pipeline pipeline_;
    GstAppSrc* entry_ = nullptr;  ///< the pipeline's
    std::string title_;
    Size size_;
    PixelFormat format_ = PixelFormat::Gray8;
    ColorSpace color_;
    std::optional<Timestamp> origin_;  ///< monotonic time at which media time was 0
};

}  // namespace tarsier::nodes
