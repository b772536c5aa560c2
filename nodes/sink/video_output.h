// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/packet.h>
#include <tarsier/media/image.h>
#include <memory>
#include <stop_token>

namespace tarsier::nodes {

/// A place where pictures end. Thread-bound.
class VideoOutput {
  public:
    VideoOutput() = default;
    virtual ~VideoOutput() = default;
    VideoOutput(const VideoOutput&) = delete;
    VideoOutput& operator=(const VideoOutput&) = delete;

    /// Takes one picture; `packet` says when it is. Waits while the place is busy.
    virtual Status write(const Packet& packet, std::shared_ptr<const Image> image,
                         std::stop_token stop) = 0;
    /// Nothing more comes: completes what was begun.
    virtual Status finish() = 0;
};

}  // namespace tarsier::nodes
