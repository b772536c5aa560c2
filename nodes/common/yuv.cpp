// SPDX-License-Identifier: Apache-2.0
#include "common/yuv.h"

#include <algorithm>
#include <cmath>

namespace tarsier::nodes {
namespace {

constexpr int kBits = 14;
constexpr int kHalf = 1 << (kBits - 1);

int fixed(double value) { return static_cast<int>(std::lround(value * (1 << kBits))); }

std::uint8_t clamp_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

/// Weights of red and blue in luma (ITU-R BT.601 and BT.709) and the spans of luma and chroma.
struct Constants {
    double red, blue, luma_span, chroma_span;
    int black;

    explicit Constants(ColorSpace color) {
        const bool hd = color.matrix == ColorSpace::Matrix::Bt709;
        const bool full = color.range == ColorSpace::Range::Full;
        red = hd ? 0.2126 : 0.299;
        blue = hd ? 0.0722 : 0.114;
        luma_span = full ? 255.0 : 219.0;
        chroma_span = full ? 255.0 : 224.0;
        black = full ? 0 : 16;
    }
    double green() const { return 1 - red - blue; }
};

}  // namespace

YuvToRgb::YuvToRgb(ColorSpace color) {
    const Constants c(color);
    black_ = c.black;
    const double chroma = 255 / c.chroma_span;
    luma_ = fixed(255 / c.luma_span);
    red_v_ = fixed(2 * (1 - c.red) * chroma);
    blue_u_ = fixed(2 * (1 - c.blue) * chroma);
    green_u_ = fixed(2 * (1 - c.blue) * c.blue / c.green() * chroma);
    green_v_ = fixed(2 * (1 - c.red) * c.red / c.green() * chroma);
}

void YuvToRgb::row(const std::uint8_t* y, const std::uint8_t* u, const std::uint8_t* v, int width,
                   std::uint8_t* bgr) const {
    for (int x = 0; x < width; ++x) {
        const int luma = (y[x] - black_) * luma_ + kHalf;
        const int cb = u[x] - 128;
        const int cr = v[x] - 128;
        bgr[3 * x] = clamp_byte((luma + blue_u_ * cb) >> kBits);
        bgr[3 * x + 1] = clamp_byte((luma - green_u_ * cb - green_v_ * cr) >> kBits);
        bgr[3 * x + 2] = clamp_byte((luma + red_v_ * cr) >> kBits);
    }
}

RgbToYuv::RgbToYuv(ColorSpace color) {
    const Constants c(color);
    black_ = c.black;
    const double weights[3] = {c.blue, c.green(), c.red};
    for (int i = 0; i < 3; ++i) {
        const double luma = c.luma_span / 255;
        const double chroma = c.chroma_span / 255;
        y_[i] = fixed(weights[i] * luma);
        u_[i] = fixed(((i == 0) - weights[i]) / (2 * (1 - c.blue)) * chroma);
        v_[i] = fixed(((i == 2) - weights[i]) / (2 * (1 - c.red)) * chroma);
    }
}

void RgbToYuv::luma(const std::uint8_t* bgr, int width, std::uint8_t* y) const {
    for (int x = 0; x < width; ++x) {
        const std::uint8_t* p = bgr + 3 * x;
        const int sum = y_[0] * p[0] + y_[1] * p[1] + y_[2] * p[2] + kHalf;
        y[x] = clamp_byte((sum >> kBits) + black_);
    }
}

void RgbToYuv::chroma(const std::uint8_t* above, const std::uint8_t* below, int width,
                      std::uint8_t* u, std::uint8_t* v, int step) const {
    for (int x = 0; x < width; x += 2) {
        const int right = 3 * std::min(x + 1, width - 1);
        int cb = 0;
        int cr = 0;
        for (int i = 0; i < 3; ++i) {
            const int sum =
                above[3 * x + i] + above[right + i] + below[3 * x + i] + below[right + i];
            cb += u_[i] * sum;
            cr += v_[i] * sum;
        }
        // The sum of four pixels: two more bits to shift away.
        const int half = kHalf << 2;
        u[x / 2 * step] = clamp_byte(((cb + half) >> (kBits + 2)) + 128);
        v[x / 2 * step] = clamp_byte(((cr + half) >> (kBits + 2)) + 128);
    }
}

}  // namespace tarsier::nodes
