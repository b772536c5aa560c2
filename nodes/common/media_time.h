// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/clock.h>
#include <algorithm>
#include <optional>

namespace tarsier::nodes {

/// Makes the time stamps of a medium grow: files carry missing, doubled and backward ones, and
/// start again when they loop. Reentrant.
class MediaTime {
  public:
    /// Backward steps beyond this are a new beginning, smaller ones jitter of the muxer.
    static constexpr Timestamp kJump = kSecond;
    static constexpr Timestamp kDefaultDuration = kSecond / 30;

    /// The stamp of the next item: `given` ns as the medium says, if it does, and its `duration` ns
    /// (0 = not known). The result is >= 0 and greater than the one before.
    Timestamp next(std::optional<Timestamp> given, Timestamp duration) {
        const Timestamp follow = last_ ? *last_ + step_ : 0;
        Timestamp now = given ? *given + offset_ : follow;
        if (last_ && (restarted_ || now < *last_ - kJump)) {
            offset_ += follow - now;
            now = follow;
        }
        restarted_ = false;
        now = std::max<Timestamp>(now, last_ ? *last_ + kMicrosecond : 0);
        if (duration > 0)
            step_ = duration;
        else if (last_ && now > *last_ + kMicrosecond)
            step_ = now - *last_;
        last_ = now;
        return now;
    }

    /// The medium starts again; the next item follows the last one.
    void restart() { restarted_ = true; }

  private:
    std::optional<Timestamp> last_;
    Timestamp step_ = kDefaultDuration;
    Timestamp offset_ = 0;
    bool restarted_ = false;
};

}  // namespace tarsier::nodes
