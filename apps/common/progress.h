// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace tarsier::apps {

/// A bar on the terminal for long work, gone when it ends; nothing when stderr is no terminal.
class ProgressBar {
  public:
    explicit ProgressBar(std::string what);
    ~ProgressBar() { finish(); }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// The share that is done, 0..1.
    void show(double share);
    /// Takes the bar away.
    void finish();

  private:
    std::string what_;
    bool terminal_;
    int percent_ = -1;
};

}  // namespace tarsier::apps
