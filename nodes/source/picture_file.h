// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string_view>
#include <vector>

#include <tarsier/base/result.h>

namespace tarsier::nodes {

/// Decodes a picture file (PNG, JPEG, WebP, BMP), turned upright by its EXIF tag; BGR,
/// 8 bits a channel, without alpha. BadData when it is damaged or no picture, Unsupported when a
/// side is above Image::kMaxSide, Unavailable without GStreamer's decoder; NotFound, Permission.
/// Returns within seconds, whatever the file holds. Thread-safe.
Result<cv::Mat> read_picture(const std::filesystem::path& file);

/// Whether the file's content begins like that of a picture that read_picture() can decode.
bool is_picture(const std::filesystem::path& file);

/// `picture` (BGR or BGRA, 8 bits) as the bytes of a file. `extension` is ".png", ".jpg" (drops
/// alpha) or ".webp" (sides of 16..16383, else Unsupported); `quality` 1..100 of the latter two.
/// The same bytes for the same picture. Unavailable without GStreamer's encoder. Thread-safe.
Result<std::vector<std::uint8_t>> encode_picture(const cv::Mat& picture, std::string_view extension,
                                                 int quality);

}  // namespace tarsier::nodes
