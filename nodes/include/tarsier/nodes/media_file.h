// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <tarsier/base/result.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/image.h>

namespace tarsier::nodes {

// Whole media files for tools that need them outside a graph. All functions are thread-safe and
// fail with NotFound, Permission, BadData for what cannot be decoded, and Unavailable where
// GStreamer lacks a decoder or the build has no media nodes.

/// What a file holds, by its first bytes; Unknown in a build without media nodes.
enum class MediaKind { Picture, Sound, Unknown };
MediaKind media_kind(const std::filesystem::path& file);

/// A picture (PNG, JPEG, WebP, BMP), upright, as bgr8.
Result<Image> read_picture_file(const std::filesystem::path& file);

/// All sound of a file (WAV, Ogg, FLAC, MP3 and what else GStreamer decodes), mixed to one channel
/// and resampled to `sample_rate` Hz; at most an hour of it, else Unsupported.
Result<Audio> read_sound_file(const std::filesystem::path& file, int sample_rate);

}  // namespace tarsier::nodes
