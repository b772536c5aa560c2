// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace tarsier::fuzz {

/// The time that one input may take: one second of this process, whatever else the machine does.
/// An input that takes longer is a finding; libFuzzer keeps it. (Memory is bounded by run.sh.)
class Budget {
  public:
    Budget() = default;
    ~Budget() {
        const double seconds = static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC;
        if (seconds <= 1.0) return;
        std::fprintf(stderr, "one input took %.2f s of processor time, 1 s is allowed\n", seconds);
        std::abort();
    }
    Budget(const Budget&) = delete;
    Budget& operator=(const Budget&) = delete;

  private:
    std::clock_t start_ = std::clock();
};

}  // namespace tarsier::fuzz
