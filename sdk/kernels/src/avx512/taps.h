// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::kernels::avx512 {
namespace {

/// The part [first, last) of a kernel's axis that meets the source at one output coordinate.
struct Taps {
    int first, last;
};

[[maybe_unused]] Taps taps_at(int start, int kernel, int dilation, int length) {
    Taps taps{0, kernel};
    while (taps.first < kernel && start + taps.first * dilation < 0) ++taps.first;
    while (taps.last > taps.first && start + (taps.last - 1) * dilation >= length) --taps.last;
    return taps;
}

/// The first output coordinate behind x, of `outputs`, that meets other taps than `taps`, those of
/// x.
[[maybe_unused]] int same_until(int outputs, int x, Taps taps, int kernel, int stride, int dilation,
                                int pad, int length) {
    int last = x + 1;
    if (taps.first == 0 && taps.last == kernel) {
        // Whole windows, until the last tap leaves the source.
        last = (length - 1 - (kernel - 1) * dilation + pad) / stride + 1;
        return last < outputs ? last : outputs;
    }
    for (; last < outputs; ++last) {
        const Taps next = taps_at(last * stride - pad, kernel, dilation, length);
        if (next.first != taps.first || next.last != taps.last) break;
    }
    return last;
}

}  // namespace
}  // namespace tarsier::kernels::avx512
