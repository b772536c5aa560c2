// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/detection.h>

#include <algorithm>
#include <cmath>

namespace tarsier::infer {
namespace {

// |ln(16 / 1000)|: no side changes by more than this factor.
constexpr float kMaxLogScale = 4.135166556742356F;

/// x held within 0..limit; 0 where it is no number.
float within(float x, float limit) { return x > 0 ? std::min(x, limit) : 0; }

float log_scale(float x) { return x > -kMaxLogScale ? std::min(x, kMaxLogScale) : -kMaxLogScale; }

}  // namespace

float overlap(const Box& a, const Box& b) {
    const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
    const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
    const float shared = std::max(width, 0.0F) * std::max(height, 0.0F);
    const float joint = a.width() * a.height() + b.width() * b.height() - shared;
    return shared / std::max(joint, 1e-9F);
}

Box decode_box(const Box& box, std::span<const float, 4> deltas, const std::array<float, 4>& scales,
               float width, float height) {
    const float x = box.left + box.width() / 2 + deltas[0] * scales[0] * box.width();
    const float y = box.top + box.height() / 2 + deltas[1] * scales[1] * box.height();
    const float w = box.width() * std::exp(log_scale(deltas[2] * scales[2]));
    const float h = box.height() * std::exp(log_scale(deltas[3] * scales[3]));
    return {within(x - w / 2, width), within(y - h / 2, height), within(x + w / 2, width),
            within(y + h / 2, height)};
}

std::vector<Box> anchor_boxes(int rows, int columns, float stride) {
    constexpr double kRatios[] = {0.5, 0.75, 1.0, 4 / 3.0, 2.0};
    constexpr double kSizes[] = {32, 64, 128, 256, 512};
    std::vector<Box> out;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
            for (const double ratio : kRatios)
                for (const double size : kSizes) {
                    const float x = static_cast<float>(column) * stride;
                    const float y = static_cast<float>(row) * stride;
                    const auto w = static_cast<float>(size / std::sqrt(ratio) / 2);
                    const auto h = static_cast<float>(size * std::sqrt(ratio) / 2);
                    out.push_back({x - w, y - h, x + w, y + h});
                }
    return out;
}

}  // namespace tarsier::infer
