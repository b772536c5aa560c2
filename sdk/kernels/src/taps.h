// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::kernels {
namespace {

/// The part [first, last) of a kernel's axis that meets the source at one output coordinate.
struct Taps {
    int first, last;
};

[[maybe_unused]] bool operator==(Taps a, Taps b) { return a.first == b.first && a.last == b.last; }

[[maybe_unused]] Taps taps_at(int start, int kernel, int dilation, int length) {
    Taps taps{0, kernel};
    while (taps.first < kernel && start + taps.first * dilation < 0) ++taps.first;
    while (taps.last > taps.first && start + (taps.last - 1) * dilation >= length) --taps.last;
    return taps;
}

/// The first output coordinate, of `outputs`, whose window begins so far behind that its last tap
/// leaves the source: up to there from the first whole window on, all windows are whole.
[[maybe_unused]] int whole_until(int outputs, int kernel, int stride, int dilation, int pad,
                                 int length) {
    const int last = length - 1 - (kernel - 1) * dilation + pad;
    if (last < 0) return 0;
    return last / stride + 1 < outputs ? last / stride + 1 : outputs;
}

}  // namespace
}  // namespace tarsier::kernels
