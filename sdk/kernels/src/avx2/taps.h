// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::kernels::avx2 {
namespace {

/// The part [first, last) of a kernel's axis that meets the source at one output coordinate.
struct Taps {
    int first, last;
};

Taps taps_at(int start, int kernel, int dilation, int length) {
    Taps taps{0, kernel};
    while (taps.first < kernel && start + taps.first * dilation < 0) ++taps.first;
    while (taps.last > taps.first && start + (taps.last - 1) * dilation >= length) --taps.last;
    return taps;
}

[[maybe_unused]] bool operator==(Taps a, Taps b) { return a.first == b.first && a.last == b.last; }

}  // namespace
}  // namespace tarsier::kernels::avx2
