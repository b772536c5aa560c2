// SPDX-License-Identifier: Apache-2.0
#include "render/soft_background.h"

#include <tarsier/kernels/kernels.h>

#include <algorithm>
#include <cmath>

namespace tarsier::nodes {

namespace {

constexpr int kPasses = 3;  // three boxes are close to a Gaussian

std::size_t at(int x) { return static_cast<std::size_t>(x); }

/// Adds rows y0 .. y1 of a plane, at most 8, byte by byte.
void sum_rows(const Plane& plane, int y0, int y1, std::vector<std::uint16_t>& sums) {
    const std::size_t bytes = plane.row_span(y0).size();
    sums.assign(bytes, 0);
    for (int y = y0; y < y1; ++y) {
        const std::uint8_t* row = plane.row(y);
        std::uint16_t* sum = sums.data();
        for (std::size_t i = 0; i < bytes; ++i)
            sum[i] = static_cast<std::uint16_t>(sum[i] + row[i]);
    }
}

}  // namespace

void SoftBackground::prepare(const Image& image, int factor) {
    if (image.size() == size_ && image.format() == format_ && factor == factor_) return;
    size_ = image.size();
    format_ = image.format();
    factor_ = factor;
    width_ = (size_.width + factor - 1) / factor;
    height_ = (size_.height + factor - 1) / factor;
    step_ = (width_ + 1 + 15) / 16 * 16;
    const std::size_t cells = at(width_) * at(height_);
    cells_.resize(cells);
    other_.resize(cells);
    sums_.resize(at(width_));
    column_most_.resize(at(width_));
    mask_.resize(cells);
    planes_.resize(at(height_) * 3 * at(step_));
    lerped_.resize(3 * at(step_));
    for (int p = 0; p < image.plane_count(); ++p) {
        const Plane plane = image.plane(p);
        const double scale = factor >> format_info(format_).plane[p].shift_x;
        stretch_[at(p)] = Stretch(width_, plane.width, scale, plane.bytes_per_pixel, step_);
    }
}

void SoftBackground::make(const Image& image, const Image& matte, double sigma) {
    // The reduced blur keeps a deviation of at least two cells, or squares would show.
    const int factor = sigma >= 16 ? 8 : sigma >= 8 ? 4 : 2;
    prepare(image, factor);
    shrink(image);
    weigh(matte);
    const double cells = sigma / factor;
    const double box = std::sqrt(12 * cells * cells / kPasses + 1);
    blur(std::max(1, static_cast<int>(std::lround((box - 1) / 2))));
    finish();
}

void SoftBackground::shrink(const Image& image) {
    int channel = 0;
    for (int p = 0; p < image.plane_count(); ++p) {
        const Plane plane = image.plane(p);
        const PlaneLayout& layout = format_info(format_).plane[p];
        const int fx = factor_ >> layout.shift_x;
        const int fy = factor_ >> layout.shift_y;
        const int channels = plane.bytes_per_pixel;
        for (int y = 0; y < height_; ++y) {
            const int y0 = std::min(y * fy, plane.height - 1);
            const int y1 = std::min((y + 1) * fy, plane.height);
            sum_rows(plane, y0, y1, column_sums_);
            Cell* cells = cells_.data() + at(y) * at(width_);
            for (int x = 0; x < width_; ++x) {
                const int x0 = std::min(x * fx, plane.width - 1);
                const int x1 = std::min((x + 1) * fx, plane.width);
                const float scale = 1.0f / static_cast<float>((y1 - y0) * (x1 - x0));
                for (int c = 0; c < channels; ++c) {
                    std::uint32_t sum = 0;
                    for (int i = x0; i < x1; ++i) sum += column_sums_[at(i * channels + c)];
                    cells[x].v[channel + c] = static_cast<float>(sum) * scale;
                }
            }
        }
        channel += channels;
    }
}

void SoftBackground::weigh(const Image& matte) {
    const Plane plane = matte.plane();
    for (int y = 0; y < height_; ++y) {
        const int y0 = y * factor_;
        const int y1 = std::min(y0 + factor_, plane.height);
        sum_rows(plane, y0, y1, column_sums_);
        for (int x = 0; x < width_; ++x) {
            const int x0 = x * factor_;
            const int x1 = std::min(x0 + factor_, plane.width);
            std::uint32_t sum = 0;
            for (int i = x0; i < x1; ++i) sum += column_sums_[at(i)];
            const float mean = static_cast<float>(sum) / static_cast<float>((y1 - y0) * (x1 - x0));
            mask_[at(y * width_ + x)] = mean;
        }
    }
    // What touches the left-out part loses weight too: edges of mattes are off by a pixel or two.
    double total[4] = {0, 0, 0, 0};
    for (int y = 0; y < height_; ++y) {
        const float* above = &mask_[at(std::max(y - 1, 0) * width_)];
        const float* here = &mask_[at(y * width_)];
        const float* below = &mask_[at(std::min(y + 1, height_ - 1) * width_)];
        for (int x = 0; x < width_; ++x)
            column_most_[at(x)] = std::max(std::max(above[x], here[x]), below[x]);
        for (int x = 0; x < width_; ++x) {
            const float most =
                std::max(std::max(column_most_[at(std::max(x - 1, 0))], column_most_[at(x)]),
                         column_most_[at(std::min(x + 1, width_ - 1))]);
            Cell& cell = cells_[at(y * width_ + x)];
            const float weight = std::max(0.0f, 1.0f - most * (2.0f / 255));
            for (int c = 0; c < 3; ++c) cell.v[c] *= weight;
            cell.v[3] = weight;
            for (int c = 0; c < 4; ++c) total[c] += cell.v[c];
        }
    }
    for (int c = 0; c < 3; ++c)
        mean_[at(c)] = total[3] > 0 ? static_cast<float>(total[c] / total[3]) : 128;
}

void SoftBackground::add(Cell& sum, const Cell& cell) {
    for (int c = 0; c < 4; ++c) sum.v[c] += cell.v[c];
}

void SoftBackground::subtract(Cell& sum, const Cell& cell) {
    for (int c = 0; c < 4; ++c) sum.v[c] -= cell.v[c];
}

SoftBackground::Cell SoftBackground::scaled(const Cell& cell, float scale) {
    Cell result;
    for (int c = 0; c < 4; ++c) result.v[c] = cell.v[c] * scale;
    return result;
}

void SoftBackground::blur(int radius) {
    const float scale = 1.0f / static_cast<float>(2 * radius + 1);
    for (int pass = 0; pass < kPasses; ++pass) {
        for (int y = 0; y < height_; ++y) {
            const Cell* in = cells_.data() + at(y) * at(width_);
            Cell* out = other_.data() + at(y) * at(width_);
            Cell sum{};
            for (int x = -radius; x < width_; ++x) {
                if (x + radius < width_) add(sum, in[x + radius]);
                if (x - radius - 1 >= 0) subtract(sum, in[x - radius - 1]);
                if (x >= 0) out[x] = scaled(sum, scale);
            }
        }
        std::fill(sums_.begin(), sums_.end(), Cell{});
        for (int y = -radius; y < height_; ++y) {
            if (y + radius < height_) {
                const Cell* enter = other_.data() + at((y + radius) * width_);
                for (int x = 0; x < width_; ++x) add(sums_[at(x)], enter[x]);
            }
            if (y - radius - 1 >= 0) {
                const Cell* leave = other_.data() + at((y - radius - 1) * width_);
                for (int x = 0; x < width_; ++x) subtract(sums_[at(x)], leave[x]);
            }
            if (y < 0) continue;
            Cell* out = cells_.data() + at(y * width_);
            for (int x = 0; x < width_; ++x) out[x] = scaled(sums_[at(x)], scale);
        }
    }
}

void SoftBackground::finish() {
    // Far inside the person there is nothing to blur: the mean of the background takes over.
    constexpr float kLittle = 1e-3f;
    float little[3];
    for (int c = 0; c < 3; ++c) little[c] = kLittle * mean_[at(c)];
    for (int y = 0; y < height_; ++y)
        for (int c = 0; c < 3; ++c) {
            std::int16_t* out = planes_.data() + (at(y) * 3 + at(c)) * at(step_);
            for (int x = 0; x < width_; ++x) {
                const Cell& cell = cells_[at(y * width_ + x)];
                const float value =
                    (std::max(cell.v[c], 0.0f) + little[c]) / (std::max(cell.v[3], 0.0f) + kLittle);
                out[x] = static_cast<std::int16_t>(std::min(value, 255.0f) * 64 + 0.5f);
            }
            out[width_] = out[width_ - 1];
        }
}

void SoftBackground::row(int p, int y, std::uint8_t* dst) {
    const kernels::Table& kernel = kernels::table();
    const FormatInfo& info = format_info(format_);
    int channel = 0;
    for (int i = 0; i < p; ++i) channel += info.plane[i].bytes_per_pixel;
    const Between at_row = Between::of(y, factor_ >> info.plane[p].shift_y, height_);
    const int below = std::min(at_row.index + 1, height_ - 1);
    const int channels = info.plane[p].bytes_per_pixel;
    const std::int16_t* planes = planes_.data();
    kernel.lerp_s16(planes + (at(at_row.index) * 3 + at(channel)) * at(step_),
                    planes + (at(below) * 3 + at(channel)) * at(step_),
                    static_cast<int>(at_row.part * 32767), lerped_.data(), channels * step_);
    const Stretch& stretch = stretch_[at(p)];
    kernel.stretch_s16_u8(lerped_.data(), stretch.index.data(), stretch.weight.data(), dst,
                          stretch.size());
}

}  // namespace tarsier::nodes
