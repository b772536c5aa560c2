// SPDX-License-Identifier: Apache-2.0
#include "vision/refine.h"

#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <cmath>

namespace tarsier::nodes {

namespace {

// Tuned on the validation pictures of the matting network, whose decoder works at a quarter of its
// size.
constexpr int kStep = 4;
constexpr int kRadius = 4;          // cells
constexpr double kSoftness = 3e-5;  // variance of a colour that counts as an edge

}  // namespace

void box_mean(FloatPlane& plane, int radius, FloatPlane& scratch) {
    scratch.width = plane.width;
    scratch.height = plane.height;
    scratch.values.resize(plane.values.size());
    const int w = plane.width;
    std::vector<float> line(static_cast<std::size_t>(w + 2 * radius));
    for (int y = 0; y < plane.height; ++y) {
        std::copy(plane.row(y), plane.row(y) + w, line.begin() + radius);
        float* out = scratch.row(y);
        std::fill(out, out + w, 0.0f);
        for (int d = 0; d <= 2 * radius; ++d) {
            const float* in = line.data() + d;
            for (int x = 0; x < w; ++x) out[x] += in[x];
        }
        for (int x = 0; x < w; ++x) {
            const int count = std::min(x + radius, w - 1) - std::max(x - radius, 0) + 1;
            out[x] /= static_cast<float>(count);
        }
    }
    for (int y = 0; y < plane.height; ++y) {
        const int first = std::max(y - radius, 0);
        const int last = std::min(y + radius, plane.height - 1);
        float* out = plane.row(y);
        std::copy(scratch.row(first), scratch.row(first) + w, out);
        for (int v = first + 1; v <= last; ++v) {
            const float* in = scratch.row(v);
            for (int x = 0; x < w; ++x) out[x] += in[x];
        }
        const float scale = 1.0f / static_cast<float>(last - first + 1);
        for (int x = 0; x < w; ++x) out[x] *= scale;
    }
}

void ColorSnap::shrink(const float* rgb, const FloatPlane& alpha) {
    const int w = alpha.width / kStep;
    const int h = alpha.height / kStep;
    for (FloatPlane* plane : {&guide_[0], &guide_[1], &guide_[2], &alpha_}) {
        plane->width = w;
        plane->height = h;
        plane->values.assign(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), 0.0f);
    }
    constexpr float kShare = 1.0f / (kStep * kStep);
    for (int y = 0; y < h * kStep; ++y) {
        const float* a = alpha.row(y);
        const float* p = rgb + std::ptrdiff_t{y} * alpha.width * 3;
        for (int x = 0; x < w * kStep; ++x) {
            const int cell = x / kStep;
            for (std::size_t c = 0; c < 3; ++c)
                guide_[c].row(y / kStep)[cell] += p[3 * x + static_cast<int>(c)] * kShare;
            alpha_.row(y / kStep)[cell] += a[x] * kShare;
        }
    }
}

void ColorSnap::fit() {
    const std::size_t n = alpha_.values.size();
    const auto product = [n](const FloatPlane& a, const FloatPlane& b, FloatPlane& out) {
        out = a;
        for (std::size_t i = 0; i < n; ++i) out.values[i] *= b.values[i];
    };
    std::size_t k = 0;
    for (std::size_t c = 0; c < 3; ++c) {
        product(guide_[c], alpha_, cross_[c]);
        for (std::size_t d = c; d < 3; ++d) product(guide_[c], guide_[d], square_[k++]);
    }
    for (FloatPlane& plane : guide_) box_mean(plane, kRadius, scratch_);
    for (FloatPlane& plane : cross_) box_mean(plane, kRadius, scratch_);
    for (FloatPlane& plane : square_) box_mean(plane, kRadius, scratch_);
    box_mean(alpha_, kRadius, scratch_);

    // Per cell: slopes = inverse(covariance of the guide + softness) * covariance of guide and
    // alpha.
    for (std::size_t i = 0; i < n; ++i) {
        const double r = guide_[0].values[i];
        const double g = guide_[1].values[i];
        const double b = guide_[2].values[i];
        const double mean = alpha_.values[i];
        const double rr = square_[0].values[i] - r * r + kSoftness;
        const double rg = square_[1].values[i] - r * g;
        const double rb = square_[2].values[i] - r * b;
        const double gg = square_[3].values[i] - g * g + kSoftness;
        const double gb = square_[4].values[i] - g * b;
        const double bb = square_[5].values[i] - b * b + kSoftness;
        const double cr = cross_[0].values[i] - r * mean;
        const double cg = cross_[1].values[i] - g * mean;
        const double cb = cross_[2].values[i] - b * mean;
        const double m00 = gg * bb - gb * gb;
        const double m01 = rb * gb - rg * bb;
        const double m02 = rg * gb - rb * gg;
        const double m11 = rr * bb - rb * rb;
        const double m12 = rg * rb - rr * gb;
        const double m22 = rr * gg - rg * rg;
        const double scale = 1 / (rr * m00 + rg * m01 + rb * m02);
        const double slope_r = (m00 * cr + m01 * cg + m02 * cb) * scale;
        const double slope_g = (m01 * cr + m11 * cg + m12 * cb) * scale;
        const double slope_b = (m02 * cr + m12 * cg + m22 * cb) * scale;
        guide_[0].values[i] = static_cast<float>(slope_r);
        guide_[1].values[i] = static_cast<float>(slope_g);
        guide_[2].values[i] = static_cast<float>(slope_b);
        alpha_.values[i] = static_cast<float>(mean - slope_r * r - slope_g * g - slope_b * b);
    }
    for (FloatPlane& plane : guide_) box_mean(plane, kRadius, scratch_);
    box_mean(alpha_, kRadius, scratch_);
}

void ColorSnap::snap(const float* rgb, FloatPlane& alpha) {
    shrink(rgb, alpha);
    fit();
    const int w = alpha_.width;
    const int h = alpha_.height;
    std::array<std::vector<float>, 4>
        rows;  // slopes and offset of the current row, not yet stretched
    for (auto& row : rows) row.resize(static_cast<std::size_t>(w) + 1);
    for (int y = 0; y < alpha.height; ++y) {
        const Between at = Between::of(y, kStep, h);
        const int below = std::min(at.index + 1, h - 1);
        for (std::size_t k = 0; k < 4; ++k) {
            const FloatPlane& plane = k < 3 ? guide_[k] : alpha_;
            const float part = static_cast<float>(at.part);
            for (int x = 0; x < w; ++x)
                rows[k][static_cast<std::size_t>(x)] =
                    plane.row(at.index)[x] + (plane.row(below)[x] - plane.row(at.index)[x]) * part;
            rows[k].back() = rows[k][static_cast<std::size_t>(w) - 1];
        }
        float* a = alpha.row(y);
        const float* p = rgb + std::ptrdiff_t{y} * alpha.width * 3;
        for (int x = 0; x < alpha.width; ++x) {
            const Between cell = Between::of(x, kStep, w);
            const auto i = static_cast<std::size_t>(cell.index);
            const float part = static_cast<float>(cell.part);
            const auto value = [&](std::size_t k) {
                return rows[k][i] + (rows[k][i + 1] - rows[k][i]) * part;
            };
            a[x] = std::clamp(
                value(0) * p[3 * x] + value(1) * p[3 * x + 1] + value(2) * p[3 * x + 2] + value(3),
                0.0f, 1.0f);
        }
    }
}

void MatteRefiner::fit(const FloatPlane& alpha, const FloatPlane& luma, const Settings& settings) {
    const std::size_t n = alpha.values.size();
    mean_alpha_ = alpha;
    mean_guide_ = luma;
    cross_ = alpha;
    square_ = luma;
    for (std::size_t i = 0; i < n; ++i) {
        cross_.values[i] *= luma.values[i];
        square_.values[i] *= luma.values[i];
    }
    for (FloatPlane* plane : {&mean_alpha_, &mean_guide_, &cross_, &square_})
        box_mean(*plane, settings.radius, scratch_);
    // Slope into cross_, offset into square_.
    for (std::size_t i = 0; i < n; ++i) {
        const float guide = mean_guide_.values[i];
        const float mean = mean_alpha_.values[i];
        const float variance = std::max(square_.values[i] - guide * guide, 0.0f);
        const float slope = (cross_.values[i] - guide * mean) / (variance + settings.softness);
        cross_.values[i] = slope;
        square_.values[i] = mean - slope * guide;
    }
    box_mean(cross_, settings.radius, scratch_);
    box_mean(square_, settings.radius, scratch_);
}

const std::uint8_t* MatteRefiner::guide_row(const Image& frame, int y) {
    const Plane plane = frame.plane();
    if (plane.bytes_per_pixel == 1) return plane.row(y);
    guide_.resize(static_cast<std::size_t>(plane.width));
    const int red = frame.format() == PixelFormat::Bgr8 ? 2 : 0;
    kernels::table().luma_u8(plane.row(y), plane.bytes_per_pixel, red, guide_.data(), plane.width);
    return guide_.data();
}

void MatteRefiner::refine(const FloatPlane& alpha, const FloatPlane& luma, const Image& frame,
                          const Settings& settings, Image& out) {
    const int w = alpha.width;
    const int h = alpha.height;
    if (step_ != w + 1 || frame_width_ != frame.width()) {
        step_ = w + 1;
        frame_width_ = frame.width();
        stretch_ = Stretch(w, frame_width_, static_cast<double>(frame_width_) / w);
        for (auto* rows : {&slope_row_, &offset_row_})
            rows->assign(static_cast<std::size_t>(step_), 0);
    }
    const auto cells = static_cast<std::size_t>(step_) * static_cast<std::size_t>(h);
    slope_.assign(cells, 0);
    offset_.resize(cells);
    if (settings.radius > 0) fit(alpha, luma, settings);
    const float gain = 1 / (settings.high - settings.low);
    const auto fixed = [](float value) {
        const float limited = std::clamp(value, -16383.0f, 16383.0f);
        // Rounded without a call: truncation of a positive number.
        return static_cast<std::int16_t>(static_cast<int>(limited + 16384.5f) - 16384);
    };
    for (int y = 0; y < h; ++y) {
        const float* slopes = settings.radius > 0 ? cross_.row(y) : nullptr;
        const float* offsets = settings.radius > 0 ? square_.row(y) : alpha.row(y);
        std::int16_t* slope = slope_.data() + std::ptrdiff_t{y} * step_;
        std::int16_t* offset = offset_.data() + std::ptrdiff_t{y} * step_;
        for (int x = 0; x < w; ++x) {
            if (slopes) slope[x] = fixed(slopes[x] * gain * 1024);
            offset[x] = fixed((offsets[x] - settings.low) * gain * (255 * 4));
        }
        slope[w] = slope[w - 1];
        offset[w] = offset[w - 1];
    }

    const kernels::Table& kernel = kernels::table();
    const double scale = static_cast<double>(frame.height()) / h;
    for (int y = 0; y < frame.height(); ++y) {
        const Between at = Between::of(y, scale, h);
        const std::ptrdiff_t upper = std::ptrdiff_t{at.index} * step_;
        const std::ptrdiff_t lower = std::ptrdiff_t{std::min(at.index + 1, h - 1)} * step_;
        const int part = static_cast<int>(at.part * 32767);
        kernel.lerp_s16(slope_.data() + upper, slope_.data() + lower, part, slope_row_.data(),
                        step_);
        kernel.lerp_s16(offset_.data() + upper, offset_.data() + lower, part, offset_row_.data(),
                        step_);
        kernel.guided_row_u8(guide_row(frame, y), slope_row_.data(), offset_row_.data(),
                             stretch_.index.data(), stretch_.weight.data(),
                             out.mutable_plane().row(y), frame.width());
    }
}

void guide_of_input(const float* rgb, const Image& frame, FloatPlane& luma) {
    float r = 77 / 256.0f;
    float g = 150 / 256.0f;
    float b = 29 / 256.0f;
    float black = 0;
    if (frame.format() == PixelFormat::Nv12 || frame.format() == PixelFormat::I420) {
        const bool sd = frame.color.matrix == ColorSpace::Matrix::Bt601;
        const bool limited = frame.color.range == ColorSpace::Range::Limited;
        const float span = limited ? 219 / 255.0f : 1.0f;
        r = (sd ? 0.299f : 0.2126f) * span;
        g = (sd ? 0.587f : 0.7152f) * span;
        b = (sd ? 0.114f : 0.0722f) * span;
        black = limited ? 16 / 255.0f : 0;
    }
    for (std::size_t i = 0; i < luma.values.size(); ++i)
        luma.values[i] = r * rgb[3 * i] + g * rgb[3 * i + 1] + b * rgb[3 * i + 2] + black;
}

}  // namespace tarsier::nodes
