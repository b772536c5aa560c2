// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>

#include <memory>
#include <utility>

#include "common/picture.h"
#include "source/location.h"
#include "source/picture_file.h"
#include "source/still_clip.h"
#include "source/stream_clip.h"

namespace tarsier::nodes {

struct VideoSource final : Node {
    static constexpr bool kBlocking = true;

    Out<Image> image{this, "image", "the pictures, upright, with square pixels"};
    Option<std::string> uri{
        this, "uri", "",
        "path of a video or still, URI (file, http, rtsp), camera:0, /dev/video0, "
        "libcamera:NAME, pipewire:NAME, test:PATTERN or sample:NAME"};
    Option<std::string> format{
        this, "format", "auto",
        "pixel format; auto delivers what the decoder or camera makes, uncopied",
        one_of({"auto", "nv12", "i420", "rgb8", "bgr8", "rgba8", "gray8"})};
    Option<std::string> size{this, "size", "",
                             "WIDTHxHEIGHT that the picture fills, what stands over is cut off; "
                             "empty = as it comes"};
    Option<double> fps{this, "fps", 0,
                       "pictures per second, repeated or left out as needed; 0 = as they come",
                       within(0, 1000)};
    Option<int> frames{this, "frames", 0, "ends after so many pictures; 0 = with the medium",
                       within(0, 1e9)};
    Option<bool> loop{this, "loop", false, "starts again at the end; time goes on"};
    Option<bool> live_test{this, "live", false, "test patterns: in real time, like a camera"};
    Option<Duration> still_duration{this, "still.duration", Duration{10 * kSecond},
                                    "how long a still plays", within(0.001, 86400)};
    Option<double> still_fps{this, "still.fps", 30, "pictures per second of a still",
                             within(0.1, 1000)};
    Option<std::string> still_motion{this, "still.motion", "pan_zoom", "how a still moves",
                                     one_of({"pan_zoom", "none"})};

    Status start() override {
        sent_ = 0;
        TARSIER_TRY(const Location location, locate(*uri, context()));
        ClipFormat wanted;
        wanted.format = parse_pixel_format(*format);
        TARSIER_TRY(wanted.size, parse_size(*size));
        wanted.fps = *fps;
        wanted.loop = *loop;
        if (location.kind == Location::Kind::File && is_picture(location.target)) {
            TARSIER_TRY(const cv::Mat picture, read_picture(location.target));
            const double rate = *fps > 0 ? *fps : *still_fps;
            const StillClip::Motion motion{*still_duration, rate, *still_motion == "pan_zoom"};
            TARSIER_TRY(clip_, StillClip::create(picture, wanted, motion, &image.pool()));
            return Ok{};
        }
        TARSIER_TRY(clip_, StreamClip::open(location, wanted, *live_test, context().stop));
        return Ok{};
    }

    Status process() override {
        TARSIER_TRY(std::optional<Frame> frame, clip_->next(context().stop));
        if (!frame) {
            finish();
            return Ok{};
        }
        if (++sent_ == *frames) finish();
        return image.send(std::move(frame->image), frame->stamp);
    }

    Status stop() override {
        clip_.reset();
        return Ok{};
    }

    bool live() const override { return clip_ && clip_->live(); }

  private:
    std::unique_ptr<Clip> clip_;
    int sent_ = 0;
};

TARSIER_NODE(VideoSource, "source.video",
             "Pictures of a video file, still, camera, network stream or test pattern.");

}  // namespace tarsier::nodes
