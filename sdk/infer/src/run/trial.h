// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <limits>

namespace tarsier::infer {

/// Decides by trying whether a run is better shared: processors that are two threads of one core,
/// or busy with other work, make it worse. The results are the same either way. It tries again when
/// sharing no longer gains, and from time to time.
class Trial {
  public:
    /// Whether the next run is to be shared.
    bool share() const { return run_ < kTries ? run_ % 2 == 1 : better_; }
    /// How long it took.
    void note(double time) {
        if (run_ < kTries) {
            double& best = best_[static_cast<std::size_t>(run_ % 2)];
            best = std::min(best, time);
        }
        recent_ = std::min(recent_, time);
        if (++run_ == kTries) decide();
        if (run_ >= kTries && (run_ - kTries) % kRecent == 0) {
            if (run_ > kTries && better_ && !gains(recent_)) run_ = period_;
            recent_ = kNever;
        }
        if (run_ >= period_) {
            run_ = 0;
            best_ = {kNever, kNever};
        }
    }

  private:
    static constexpr int kTries = 12;   ///< half of them shared
    static constexpr int kRecent = 16;  ///< shared runs none of which gains
    static constexpr int kShortest = 64;
    static constexpr int kLongest = 1024;
    static constexpr double kGain = 0.95;  ///< of the time alone, to be worth another processor
    static constexpr double kNever = std::numeric_limits<double>::max();

    bool gains(double shared) const { return shared < kGain * best_[0]; }

    void decide() {
        better_ = gains(best_[1]);
        // What failed is tried again soon, and then less and less often.
        wait_ = better_ ? kShortest / 2 : std::min(2 * wait_, kLongest);
        period_ = better_ ? kLongest : wait_;
    }

    int run_ = 0;
    int wait_ = kShortest / 2;
    int period_ = kLongest;
    bool better_ = false;
    double recent_ = kNever;
    std::array<double, 2> best_ = {kNever, kNever};  ///< alone and shared
};

}  // namespace tarsier::infer
