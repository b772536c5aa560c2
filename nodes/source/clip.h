// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/node.h>
#include <tarsier/media/image.h>
#include <optional>
#include <stop_token>
#include <string>

namespace tarsier::nodes {

/// A picture and when it is.
struct Frame {
    Image image;
    Stamp stamp;
};

/// What the pictures of a source shall be like.
struct ClipFormat {
    std::optional<PixelFormat> format;  ///< empty = what costs least
    Size size;                          ///< 0x0 = that of the medium
    double fps = 0;                     ///< 0 = that of the medium
    bool loop = false;                  ///< starts again at the end
};

/// Something that yields pictures one after the other. Thread-bound.
class Clip {
  public:
    Clip() = default;
    virtual ~Clip() = default;
    Clip(const Clip&) = delete;
    Clip& operator=(const Clip&) = delete;

    /// The next picture; waits for it. Nothing at the end, and when `stop` is requested.
    virtual Result<std::optional<Frame>> next(std::stop_token stop) = 0;
    /// Whether time does not wait for us.
    virtual bool live() const { return false; }
};

}  // namespace tarsier::nodes
