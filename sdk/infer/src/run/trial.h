// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <limits>

namespace tarsier::infer {

/// Decides by trying whether a run is better shared: processors that are two threads of one core,
/// or busy with other work, make it worse. The results are the same either way. From time to time
/// it tries again.
class Trial {
  public:
    /// Whether the next run is to be shared.
    bool share() const { return run_ < kTries ? run_ % 2 == 1 : better_; }
    /// How long it took.
    void note(double time) {
        if (run_ < kTries) {
            double& best = best_[static_cast<std::size_t>(run_ % 2)];
            best = time < best ? time : best;
        }
        if (++run_ == kTries) better_ = best_[1] < kGain * best_[0];
        if (run_ == kPeriod) *this = Trial();
    }

  private:
    static constexpr int kTries = 12;  ///< half of them shared
    static constexpr int kPeriod = 1024;
    static constexpr double kGain = 0.95;  ///< of the time alone, to be worth another processor

    int run_ = 0;
    bool better_ = false;
    std::array<double, 2> best_ = {std::numeric_limits<double>::max(),
                                   std::numeric_limits<double>::max()};
};

}  // namespace tarsier::infer
