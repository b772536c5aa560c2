// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>

namespace tarsier::infer {

/// Decides by trying whether a run is better shared: processors that are two threads of one core,
/// or busy with other work, make it worse. The results are the same either way. Some runs alone are
/// the measure of the shared ones that follow; those that do not gain end soon, and are tried again
/// after a while, which doubles each time.
class Trial {
  public:
    /// Whether the next run is to be shared.
    bool share() const { return shared_; }
    /// How long it took.
    void note(double time) {
        best_ = std::min(best_, time);
        if (++run_ < (shared_ ? patience_ : wait_)) return;
        if (!shared_) {
            alone_ = best_;
            patience_ = kProbes;
            shared_ = true;
        } else if (best_ < kGain * alone_ && total_ < kLongest) {
            total_ += run_;
            wait_ = kShortest;
            patience_ = kPatience;
        } else {
            // A gain that has lasted is only measured anew.
            wait_ = total_ >= kLongest ? kShortest : std::min(2 * wait_, kLongest);
            total_ = 0;
            shared_ = false;
        }
        run_ = 0;
        best_ = kNever;
    }

  private:
    static constexpr int kShortest = 4;    ///< runs alone
    static constexpr int kLongest = 1024;  ///< runs of either kind without the other
    static constexpr int kProbes = 3;      ///< shared runs, the first ones
    static constexpr int kPatience = 16;   ///< shared runs of which at least one must gain
    static constexpr double kGain = 0.95;  ///< of the time alone, to be worth another processor
    static constexpr double kNever = std::numeric_limits<double>::max();

    bool shared_ = false;
    int run_ = 0;    ///< of this kind since the last look
    int total_ = 0;  ///< shared ones on end
    int wait_ = kShortest;
    int patience_ = kProbes;
    double best_ = kNever;  ///< since the last look
    double alone_ = kNever;
};

}  // namespace tarsier::infer
