// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <tarsier/base/result.h>

namespace tarsier::nodes {

/// A camera, or something else that `source.video` can open as one.
struct VideoDevice {
    std::string name;  ///< as its maker calls it: "Integrated Camera"
    std::string
        uri;  ///< what `source.video` takes: "/dev/video0", "pipewire:NAME", "libcamera:NAME"
};

/// The cameras of this machine, sorted by uri; none is not an error. Takes up to three seconds,
/// opens no device for streaming. Fails with Unavailable when GStreamer does not start. Only in
/// builds with media nodes. Thread-safe.
Result<std::vector<VideoDevice>> list_video_devices();

}  // namespace tarsier::nodes
