// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/graph/option.h>
#include <opencv2/core.hpp>

#include "source/clip.h"

namespace tarsier::nodes {

/// A still that plays as a clip, as if a camera on a slow, smooth slider looked at it.
/// Deterministic.
class StillClip final : public Clip {
  public:
    struct Motion {
        Duration duration;  ///< after which it ends
        double fps = 30;
        bool pan_zoom = true;  ///< false: it stands still
    };

    /// `picture` is BGR. Without a size the picture's own shape is kept within
    /// kMinAspect..kMaxAspect and scaled to kHeight rows. Default format: rgb8. Pictures come from
    /// `pool`, which must outlive the clip.
    static Result<std::unique_ptr<StillClip>> create(const cv::Mat& picture,
                                                     const ClipFormat& format, const Motion& motion,
                                                     Pool* pool);

    Result<std::optional<Frame>> next(std::stop_token stop) override;

    /// The size that a still of this size plays at by default: even sides, kHeight rows.
    static Size default_size(Size picture);

    static constexpr int kHeight = 720;
    static constexpr double kMinAspect = 1.0;
    static constexpr double kMaxAspect = 16.0 / 9.0;

  private:
    StillClip() = default;
    Result<Image> render(double phase);

    cv::Mat canvas_;  ///< the picture, somewhat larger than what is sent
    ClipFormat format_;
    Motion motion_;
    Pool* pool_ = nullptr;
    std::shared_ptr<const Image> still_;  ///< the one picture when there is no motion
    std::int64_t frames_ = 0;             ///< of one run
    std::int64_t index_ = 0;
};

}  // namespace tarsier::nodes
