// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/node.h>
#include <string>
#include <string_view>

namespace tarsier::nodes {

/// What the `uri` of a video source stands for.
struct Location {
    enum class Kind {
        File,       ///< `target`: path of a file that can be read
        Network,    ///< `target`: a URI that GStreamer opens
        Camera,     ///< `target`: a V4L2 device that is there
        Pipewire,   ///< `target`: name or serial of a PipeWire node; empty = the default camera
        Libcamera,  ///< `target`: name of a libcamera camera; empty = the first
        Test,       ///< `target`: a pattern of videotestsrc
    };
    Kind kind = Kind::File;
    std::string target;
    std::string what;  ///< for messages: "camera '/dev/video0'"
};

/// Reads a path, `file://`, another URI, `camera:N`, `/dev/videoN`, `pipewire:NAME`,
/// `libcamera:NAME`, `test:PATTERN` or `sample:NAME`, and looks whether files and devices are
/// there. NotFound says what was tried and, for a camera, which ones exist; Permission when it may
/// not be read; Invalid for an impossible text.
Result<Location> locate(const std::string& uri, const NodeContext& context);

}  // namespace tarsier::nodes
