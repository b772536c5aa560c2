// SPDX-License-Identifier: Apache-2.0
#include "vision/matte.h"

#include <algorithm>
#include <cmath>

namespace tarsier::nodes {

namespace {

/// result(y, x) = the best of 2 * radius + 1 values of a row, then of a column.
template <class Best>
void sliding(FloatPlane& plane, FloatPlane& scratch, int radius, Best best) {
    scratch = plane;
    for (int y = 0; y < plane.height; ++y) {
        const float* in = scratch.row(y);
        float* out = plane.row(y);
        for (int d = 1; d <= radius; ++d) {
            for (int x = d; x < plane.width; ++x) out[x] = best(out[x], in[x - d]);
            for (int x = 0; x + d < plane.width; ++x) out[x] = best(out[x], in[x + d]);
        }
    }
    scratch = plane;
    for (int y = 0; y < plane.height; ++y) {
        float* out = plane.row(y);
        for (int v = std::max(y - radius, 0); v <= std::min(y + radius, plane.height - 1); ++v) {
            const float* in = scratch.row(v);
            for (int x = 0; x < plane.width; ++x) out[x] = best(out[x], in[x]);
        }
    }
}

/// Morphological reconstruction: lets the marker grow under the limit, from neighbour to neighbour.
void grow(FloatPlane& marker, const FloatPlane& limit) {
    constexpr int kRounds =
        2;  // each carries a value along any path without more than one turn back
    const int w = marker.width;
    for (int round = 0; round < kRounds; ++round) {
        for (int y = 0; y < marker.height; ++y) {
            float* m = marker.row(y);
            const float* above = y > 0 ? marker.row(y - 1) : m;
            const float* l = limit.row(y);
            for (int x = 0; x < w; ++x) m[x] = std::min(std::max(m[x], above[x]), l[x]);
            for (int x = 1; x < w; ++x) m[x] = std::min(std::max(m[x], m[x - 1]), l[x]);
            for (int x = w - 2; x >= 0; --x) m[x] = std::min(std::max(m[x], m[x + 1]), l[x]);
        }
        for (int y = marker.height - 2; y >= 0; --y) {
            float* m = marker.row(y);
            const float* below = marker.row(y + 1);
            const float* l = limit.row(y);
            for (int x = 0; x < w; ++x) m[x] = std::min(std::max(m[x], below[x]), l[x]);
            for (int x = 1; x < w; ++x) m[x] = std::min(std::max(m[x], m[x - 1]), l[x]);
            for (int x = w - 2; x >= 0; --x) m[x] = std::min(std::max(m[x], m[x + 1]), l[x]);
        }
    }
}

float smoothstep(float low, float high, float x) {
    const float t = std::clamp((x - low) / (high - low), 0.0f, 1.0f);
    return t * t * (3 - 2 * t);
}

}  // namespace

void MatteCleaner::clean(FloatPlane& alpha) {
    // Specks: only what is connected to something solid stays.
    const int radius = std::max(1, alpha.width / 80);
    marker_ = alpha;
    sliding(marker_, scratch_, radius, [](float a, float b) { return std::min(a, b); });
    grow(marker_, alpha);
    alpha = marker_;

    // Holes: what the border cannot reach without crossing the person. Background that the network
    // is sure of stays open, as between an arm and the body.
    for (std::size_t i = 0; i < alpha.values.size(); ++i) scratch_.values[i] = 1 - alpha.values[i];
    std::fill(marker_.values.begin(), marker_.values.end(), 0.0f);
    for (int y = 0; y < alpha.height; ++y)
        for (int x = 0; x < alpha.width; ++x)
            if (x == 0 || y == 0 || x == alpha.width - 1 || y == alpha.height - 1)
                marker_.row(y)[x] = scratch_.row(y)[x];
    grow(marker_, scratch_);
    for (std::size_t i = 0; i < alpha.values.size(); ++i) {
        const float filled = 1 - marker_.values[i];
        float& a = alpha.values[i];
        a += (filled - a) * smoothstep(0.15f, 0.5f, a);
    }
}

void MatteSmoother::smooth(float strength, const FloatPlane& luma, FloatPlane& alpha) {
    const std::size_t n = alpha.values.size();
    if (last_alpha_.values.size() != n || strength <= 0) primed_ = false;
    if (primed_) {
        double change = 0;
        for (std::size_t i = 0; i < n; ++i)
            change += std::abs(alpha.values[i] - last_alpha_.values[i]);
        constexpr double kCut = 0.15;  // mean change of a matte that no motion explains
        if (change > kCut * static_cast<double>(n)) primed_ = false;
    }
    if (!primed_) {
        last_alpha_ = alpha;
        last_luma_ = luma;
        primed_ = strength > 0;
        return;
    }
    motion_.width = alpha.width;
    motion_.height = alpha.height;
    motion_.values.resize(n);
    for (std::size_t i = 0; i < n; ++i) motion_.values[i] = luma.values[i] - last_luma_.values[i];
    // The least share of the new matte: at full strength 0.15, at none 1.
    const float least = 1 - 0.85f * strength;
    for (int y = 0; y < alpha.height; ++y) {
        const float* above = motion_.row(std::max(y - 1, 0));
        const float* here = motion_.row(y);
        const float* below = motion_.row(std::min(y + 1, alpha.height - 1));
        float* a = alpha.row(y);
        float* last = last_alpha_.row(y);
        for (int x = 0; x < alpha.width; ++x) {
            const int l = std::max(x - 1, 0);
            const int r = std::min(x + 1, alpha.width - 1);
            const float moved = std::abs(above[l] + above[x] + above[r] + here[l] + here[x] +
                                         here[r] + below[l] + below[x] + below[r]) *
                                (1.0f / 9);
            const float jump = std::abs(a[x] - last[x]);
            // What hardly changes stays exactly as it was.
            const float share =
                jump < 0.05f * strength ? 0 : std::min(least + 8 * moved + 2 * jump * jump, 1.0f);
            last[x] += share * (a[x] - last[x]);
            a[x] = last[x] < 0.03f ? 0 : last[x] > 0.97f ? 1 : last[x];
        }
    }
    last_luma_ = luma;
}

}  // namespace tarsier::nodes
