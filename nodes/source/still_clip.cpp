// SPDX-License-Identifier: Apache-2.0
#include "source/still_clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "common/picture.h"

namespace tarsier::nodes {
namespace {

/// The view is never the whole canvas, so that it can always move, and never less than it has
/// pixels for.
constexpr double kMinZoom = 1.05;
constexpr double kMaxZoom = 1.15;
/// How much of the room beside the view the pan uses.
constexpr double kPanShare = 0.8;
/// Where the view lies between top (0) and bottom (1): heads stay in it.
constexpr double kTopShare = 0.08;
/// One swing of the motion, roughly; a whole number of them fits into the clip, so that loops have
/// no seam.
constexpr double kSwingSeconds = 10;

int even(double value) { return std::max(2, static_cast<int>(std::lround(value / 2)) * 2); }

/// The part of a canvas that is seen at `phase` (1 = one swing): maps output to canvas pixels.
cv::Matx23d view_of(cv::Size canvas, Size out, double phase) {
    const double turn = 2 * std::numbers::pi * phase;
    const double zoom = kMinZoom + (kMaxZoom - kMinZoom) * (1 - std::cos(turn)) / 2;
    const double width = canvas.width / zoom;
    const double height = canvas.height / zoom;
    const double left = (canvas.width - width) / 2 * (1 + kPanShare * std::sin(turn));
    const double top =
        (canvas.height - height) * kTopShare * (1 + kPanShare * std::sin(2 * turn) / 2);
    const double scale_x = width / out.width;
    const double scale_y = height / out.height;
    // Pixel centres lie at one half.
    return {scale_x, 0, left + scale_x / 2 - 0.5, 0, scale_y, top + scale_y / 2 - 0.5};
}

}  // namespace

Size StillClip::default_size(Size picture) {
    const double aspect = static_cast<double>(picture.width) / picture.height;
    return {even(kHeight * std::clamp(aspect, kMinAspect, kMaxAspect)), kHeight};
}

Result<std::unique_ptr<StillClip>> StillClip::create(const cv::Mat& picture,
                                                     const ClipFormat& format, const Motion& motion,
                                                     Pool* pool) {
    std::unique_ptr<StillClip> clip(new StillClip);
    clip->format_ = format;
    if (!format.format) clip->format_.format = PixelFormat::Rgb8;
    if (format.size == Size{}) clip->format_.size = default_size({picture.cols, picture.rows});
    clip->motion_ = motion;
    clip->pool_ = pool;
    clip->frames_ = std::max<std::int64_t>(1, std::llround(motion.duration.seconds() * motion.fps));
    const Size out = clip->format_.size;
    const double margin = motion.pan_zoom ? kMaxZoom : 1;
    const Size canvas{static_cast<int>(std::lround(out.width * margin)),
                      static_cast<int>(std::lround(out.height * margin))};
    TARSIER_CHECK(guard_opencv("scaling a still", [&]() -> Status {
        clip->canvas_ = fill(picture, canvas);
        return Ok{};
    }));
    return clip;
}

Result<Image> StillClip::render(double phase) {
    const Size size = format_.size;
    cv::Mat view;
    TARSIER_CHECK(guard_opencv("moving a still", [&]() -> Status {
        if (!motion_.pan_zoom)
            view = canvas_;
        else
            cv::warpAffine(canvas_, view, view_of(canvas_.size(), size, phase),
                           cv::Size(size.width, size.height),
                           cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
        return Ok{};
    }));
    return from_opencv(view, *format_.format, pool_);
}

Result<std::optional<Frame>> StillClip::next(std::stop_token stop) {
    if (stop.stop_requested() || (index_ >= frames_ && !format_.loop))
        return std::optional<Frame>();
    const auto stamp_of = [&](std::int64_t i) {
        return static_cast<Timestamp>(std::llround(static_cast<double>(i) * kSecond / motion_.fps));
    };
    Frame frame;
    frame.stamp = {stamp_of(index_), stamp_of(index_ + 1) - stamp_of(index_)};
    const double run = static_cast<double>(index_ % frames_) / static_cast<double>(frames_);
    const double swings = std::max(1.0, std::round(motion_.duration.seconds() / kSwingSeconds));
    if (motion_.pan_zoom || !still_) {
        TARSIER_TRY(Image rendered, render(run * swings));
        if (motion_.pan_zoom) {
            frame.image = std::move(rendered);
        } else {
            still_ = std::make_shared<const Image>(std::move(rendered));
        }
    }
    if (!motion_.pan_zoom) {
        std::array<Plane, kMaxPlanes> planes{};
        for (int i = 0; i < still_->plane_count(); ++i)
            planes[static_cast<std::size_t>(i)] = still_->plane(i);
        const auto used = std::span(planes).first(static_cast<std::size_t>(still_->plane_count()));
        TARSIER_TRY(frame.image, Image::wrap(still_->size(), still_->format(), used, still_));
        frame.image.color = still_->color;
    }
    ++index_;
    return std::optional<Frame>(std::move(frame));
}

}  // namespace tarsier::nodes
