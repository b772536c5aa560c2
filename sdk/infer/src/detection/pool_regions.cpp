// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/detection.h>

#include <algorithm>
#include <cmath>

namespace tarsier::infer {
namespace {

constexpr int kSamples = 2;  ///< along each side of a bin

/// Where one coordinate of a sample lies between two cells.
struct Tap {
    int low = 0, high = 0;
    float weight = 0;  ///< of `high`
    bool inside = false;
};

Tap tap_at(float x, int cells) {
    if (!(x >= -1 && x <= static_cast<float>(cells))) return {};
    x = std::max(x, 0.0F);
    const int low = static_cast<int>(x);
    if (low >= cells - 1) return {cells - 1, cells - 1, 0, true};
    return {low, low + 1, x - static_cast<float>(low), true};
}

using Taps = std::array<Tap, kBins * kSamples>;

Taps taps_of(float first, float last, int cells) {
    const float bin = std::max(last - first, 0.1F) / kBins;
    Taps taps;
    for (int i = 0; i < kBins * kSamples; ++i) {
        const float within = (static_cast<float>(i % kSamples) + 0.5F) / kSamples;
        taps[static_cast<std::size_t>(i)] =
            tap_at(first + (static_cast<float>(i / kSamples) + within) * bin, cells);
    }
    return taps;
}

struct Map {
    const float* features;
    std::ptrdiff_t columns;

    float sample(const Tap& y, const Tap& x, int channel) const {
        if (!y.inside || !x.inside) return 0;
        const auto at = [&](int row, int column) {
            return features[(row * columns + column) * kPooled + channel];
        };
        const float top = at(y.low, x.low) * (1 - x.weight) + at(y.low, x.high) * x.weight;
        const float bottom = at(y.high, x.low) * (1 - x.weight) + at(y.high, x.high) * x.weight;
        return top * (1 - y.weight) + bottom * y.weight;
    }

    float bin(const Tap* y, const Tap* x, int channel, Pooling pooling) const {
        float sum = 0;
        float largest = -INFINITY;
        for (int a = 0; a < kSamples; ++a)
            for (int b = 0; b < kSamples; ++b) {
                const float value = sample(y[a], x[b], channel);
                sum += value;
                largest = std::max(largest, value);
            }
        return pooling == Pooling::Max ? largest : sum / (kSamples * kSamples);
    }
};

}  // namespace

void pool_regions(std::span<const float> features, int rows, int columns,
                  std::span<const Box> boxes, Pooling pooling, std::span<float> pooled,
                  float stride) {
    const Map map{features.data(), columns};
    float* out = pooled.data();
    for (const Box& box : boxes) {
        const Taps y = taps_of(box.top / stride, box.bottom / stride, rows);
        const Taps x = taps_of(box.left / stride, box.right / stride, columns);
        for (int channel = 0; channel < kPooled; ++channel) {
            const int i = channel / kBins % kBins;
            const int j = channel % kBins;
            *out++ = map.bin(&y[static_cast<std::size_t>(i * kSamples)],
                             &x[static_cast<std::size_t>(j * kSamples)], channel, pooling);
        }
    }
}

}  // namespace tarsier::infer
