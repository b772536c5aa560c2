// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsrc.h>

#include <tarsier/graph/node.h>
#include <filesystem>
#include <memory>

#include "common/media_time.h"
#include "sink/video_output.h"
#include "source/gst/pipeline.h"

namespace tarsier::nodes {

/// Writes pictures as H.264 in MP4, VP8 in WebM or H.264 in Matroska, by the extension of the file.
/// The time between pictures is kept; the first one is at 0. At every moment the file can be played
/// up to about a second before its end, so that a full disk or a killed process costs no more than
/// that.
class FileWriter final : public VideoOutput {
  public:
    /// Overwrites `file`. `quality` 1..100. Unsupported for another extension, NotFound and
    /// Permission when the file cannot be made, Unavailable when GStreamer lacks an encoder.
    static Result<std::unique_ptr<FileWriter>> open(const std::filesystem::path& file, int quality,
                                                    std::stop_token stop);

    Status write(const Packet& packet, std::shared_ptr<const Image> image,
                 std::stop_token stop) override;
    Status finish() override;

  private:
    explicit FileWriter(const std::filesystem::path& file);
    Status build(int quality);
    Result<GstElement*> h264_encoder(int quality);
    Result<GstElement*> vp8_encoder(int quality);
    Result<GstElement*> muxer(bool mp4, bool webm);
    Status describe(const Packet& packet, const Image& image);
    Status wait_for_room(std::stop_token stop);

    std::filesystem::path file_;
    gst::Pipeline pipeline_;
    GstAppSrc* entry_ = nullptr;       ///< the pipeline's, as the next ones
    GstElement* even_ = nullptr;       ///< cuts an odd column and row off
    GstElement* converted_ = nullptr;  ///< capsfilter before the encoder
    MediaTime time_;
    Timestamp first_ = 0;
    std::uint32_t epoch_ = 0;
    Size size_;
    PixelFormat format_ = PixelFormat::Gray8;
    ColorSpace color_;
    std::uint64_t count_ = 0;
    bool failed_ = false;
};

}  // namespace tarsier::nodes
