// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <functional>
#include <opencv2/core.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace tarsier::nodes {

/// Calls OpenCV and turns what it throws into an Internal error that names `doing`.
Status guard_opencv(std::string_view doing, const std::function<Status()>& body);

/// "1280x720", both sides 1..Image::kMaxSide; empty text is the size 0x0. Invalid otherwise.
Result<Size> parse_size(std::string_view text);

/// Plane i as an OpenCV matrix over the same memory (8-bit, 1 to 4 channels; floats: one channel).
/// It must not outlive the image; the one over a const image is for reading.
cv::Mat mat_of(const Image& image, int plane = 0);
cv::Mat mat_of(Image& image, int plane = 0);

/// The picture in OpenCV's order, 8 bits a channel: grey, BGR or (from rgba8) BGRA, converted with
/// the matrix and range of image.color. The result may share the picture's memory: only to be read,
/// and only as long as the image lives.
Result<cv::Mat> to_opencv(const Image& image);

/// `picture` (8 bits; grey, BGR or BGRA) in `format`, one of the 8-bit ones. YUV is BT.709,
/// limited.
Result<Image> from_opencv(const cv::Mat& picture, PixelFormat format, Pool* pool = nullptr);

/// Scales to fill `size` and cuts off what stands over, evenly at the sides; of portraits less at
/// the top, where heads are. Lanczos up, area average down.
cv::Mat fill(const cv::Mat& picture, Size size);

}  // namespace tarsier::nodes
