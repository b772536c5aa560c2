// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/video/video.h>

#include <tarsier/media/image.h>
#include <optional>

#include "source/gst/gst.h"

namespace tarsier::gst {

/// Our format of this name in GStreamer; GST_VIDEO_FORMAT_UNKNOWN for the float formats.
GstVideoFormat to_gst(PixelFormat format);
/// The other way; nothing when it is none of ours.
std::optional<PixelFormat> from_gst(GstVideoFormat format);

/// Matrix and range of a stream; what GStreamer does not know counts as BT.709, limited.
ColorSpace color_of(const GstVideoInfo& info);
/// "bt709", "bt601" or the full-range spelling of these.
const char* colorimetry(ColorSpace color);

/// A picture over the mapped buffer: no copy; the buffer is unmapped when its last holder lets go.
/// `info` describes the buffer. Fails with Unsupported for formats that are not ours, with Io when
/// the memory cannot be read.
Result<Image> wrap_buffer(GstBuffer* buffer, const GstVideoInfo& info);

/// A buffer over the picture's planes: no copy; the picture is kept until GStreamer lets go.
/// Fails with Unsupported for float formats.
Result<GstBuffer*> wrap_image(std::shared_ptr<const Image> image);

/// `video/x-raw` caps of such pictures. `fps` 0 = not known.
CapsPtr caps_of(const Image& image, double fps);

}  // namespace tarsier::gst
