// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/model_input.h>

#include <algorithm>
#include <cmath>

namespace tarsier::kernels {

namespace {

/// Result pixel x covers source pixels first .. first + weights.size() with these weights, which
/// sum to 1.
struct Span {
    int first = 0;
    std::vector<double> weights;
};

Span span_of(int x, int in, int out) {
    Span span;
    const double step = static_cast<double>(in) / out;
    if (in > out) {
        const double begin = x * step;
        const double end = std::min<double>((x + 1) * step, in);
        span.first = static_cast<int>(begin);
        for (int i = span.first; i < in && i < end; ++i)
            span.weights.push_back((std::min<double>(end, i + 1) - std::max<double>(begin, i)) /
                                   (end - begin));
        return span;
    }
    const double centre = std::clamp((x + 0.5) * step - 0.5, 0.0, in - 1.0);
    span.first = std::min(static_cast<int>(centre), std::max(in - 2, 0));
    const double part = centre - span.first;
    span.weights = in > 1 ? std::vector<double>{1 - part, part} : std::vector<double>{1};
    return span;
}

/// Integer weights with exactly this sum: the running sums are rounded, so no weight is off by more
/// than 1.
std::vector<int> quantise(const std::vector<double>& weights, int sum) {
    std::vector<int> result;
    double running = 0;
    int used = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        running += weights[i];
        const int upto =
            i + 1 == weights.size() ? sum : static_cast<int>(std::lround(running * sum));
        result.push_back(upto - used);
        used = upto;
    }
    return result;
}

int round_up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

int longest(int in, int out) {
    int taps = 1;
    for (int x = 0; x < out; ++x)
        taps = std::max(taps, static_cast<int>(span_of(x, in, out).weights.size()));
    return taps;
}

constexpr int kRowSum = 128;
constexpr int kColumnSum = 16384;
constexpr int kPadding = 32;  // pixels behind a row that wide loads may touch

/// The 3x4 matrix that takes sums of samples (scaled by kRowSum * kColumnSum) to R, G, B in 0..1.
std::array<float, 12> mixing(PixelFormat format, ColorSpace color) {
    const double unit = 1.0 / (255.0 * kRowSum * kColumnSum);
    const auto f = [](double value) { return static_cast<float>(value); };
    if (format == PixelFormat::Gray8) return {f(unit), 0, 0, 0, f(unit), 0, 0, 0, f(unit), 0, 0, 0};
    if (format == PixelFormat::Bgr8) return {0, 0, f(unit), 0, 0, f(unit), 0, 0, f(unit), 0, 0, 0};
    if (format != PixelFormat::Nv12 && format != PixelFormat::I420)
        return {f(unit), 0, 0, 0, 0, f(unit), 0, 0, 0, 0, f(unit), 0};
    const bool limited = color.range == ColorSpace::Range::Limited;
    const double kr = color.matrix == ColorSpace::Matrix::Bt601 ? 0.299 : 0.2126;
    const double kb = color.matrix == ColorSpace::Matrix::Bt601 ? 0.114 : 0.0722;
    const double kg = 1 - kr - kb;
    const double ys = limited ? 255.0 / 219.0 : 1.0;
    const double cs = limited ? 255.0 / 224.0 : 1.0;
    const double black = limited ? 16.0 / 255.0 : 0.0;
    const double grey = 128.0 / 255.0;
    const double rv = 2 * (1 - kr) * cs;
    const double bu = 2 * (1 - kb) * cs;
    const double gu = -bu * kb / kg;
    const double gv = -rv * kr / kg;
    const double base = -black * ys;
    return {f(unit * ys),
            0,
            f(unit * rv),
            f(base - grey * rv),
            f(unit * ys),
            f(unit * gu),
            f(unit * gv),
            f(base - grey * (gu + gv)),
            f(unit * ys),
            f(unit * bu),
            0,
            f(base - grey * bu)};
}

}  // namespace

ModelInput::ModelInput(int width, int height, const Table& table)
    : width_(width), height_(height), table_(table) {
    for (auto& channel : channels_) channel.resize(static_cast<std::size_t>(width));
    row_.resize(static_cast<std::size_t>(width) * 3);
}

ModelInput::Sampler ModelInput::make_sampler(const Plane& plane, int channels) const {
    Sampler s;
    s.channels = channels;
    s.row_taps = round_up(longest(plane.height, height_), 2);
    for (int y = 0; y < height_; ++y) {
        const Span span = span_of(y, plane.height, height_);
        std::vector<int> weights = quantise(span.weights, kRowSum);
        std::vector<int> rows;
        for (std::size_t k = 0; k < weights.size(); ++k)
            rows.push_back(span.first + static_cast<int>(k));
        // A weight of 128 does not fit a signed byte: the row is taken twice.
        const auto whole = std::find(weights.begin(), weights.end(), kRowSum);
        if (whole != weights.end()) {
            rows = {span.first + static_cast<int>(whole - weights.begin())};
            rows.push_back(rows[0]);
            weights = {kRowSum / 2, kRowSum / 2};
        }
        for (int k = 0; k < s.row_taps; ++k) {
            const auto i = static_cast<std::size_t>(k);
            s.rows.push_back(i < rows.size() ? rows[i] : rows[0]);
            s.row_weights.push_back(static_cast<std::int8_t>(i < weights.size() ? weights[i] : 0));
        }
    }
    s.column_taps = round_up(longest(plane.width, width_), channels == 2 ? 4 : 8);
    for (int x = 0; x < width_; ++x) {
        const Span span = span_of(x, plane.width, width_);
        const std::vector<int> weights = quantise(span.weights, kColumnSum);
        s.first.push_back(span.first);
        for (int k = 0; k < s.column_taps; ++k) {
            const auto i = static_cast<std::size_t>(k);
            s.column_weights.push_back(
                static_cast<std::int16_t>(i < weights.size() ? weights[i] : 0));
        }
    }
    const auto padded = static_cast<std::size_t>(plane.width + s.column_taps + kPadding);
    s.blended.assign(padded * static_cast<std::size_t>(channels), 0);
    if (channels > 2) s.picked.assign(padded, 0);
    s.sources.resize(static_cast<std::size_t>(s.row_taps));
    return s;
}

void ModelInput::prepare(const Image& image) {
    if (image.size() == size_ && image.format() == format_ && !samplers_.empty()) return;
    size_ = image.size();
    format_ = image.format();
    samplers_.clear();
    for (int p = 0; p < image.plane_count(); ++p)
        samplers_.push_back(make_sampler(image.plane(p), image.plane(p).bytes_per_pixel));
}

void ModelInput::sample_row(Sampler& s, const Plane& plane, int y, std::int32_t* const* out) const {
    const auto taps = static_cast<std::size_t>(y) * static_cast<std::size_t>(s.row_taps);
    for (int k = 0; k < s.row_taps; ++k)
        s.sources[static_cast<std::size_t>(k)] =
            plane.row(s.rows[taps + static_cast<std::size_t>(k)]);
    const std::int8_t* weights = s.row_weights.data() + taps;
    int used = s.row_taps;
    while (used > 2 && weights[used - 1] == 0 && weights[used - 2] == 0) used -= 2;
    table_.blend_rows_u8(s.sources.data(), weights, used, s.blended.data(),
                         plane.width * s.channels);
    if (s.channels == 1) {
        table_.reduce_s16(s.blended.data(), s.first.data(), s.column_weights.data(), s.column_taps,
                          out[0], width_);
    } else if (s.channels == 2) {
        table_.reduce_pairs_s16(s.blended.data(), s.first.data(), s.column_weights.data(),
                                s.column_taps, out[0], out[1], width_);
    } else {
        for (int c = 0; c < 3; ++c) {
            table_.pick_s16(s.blended.data() + c, s.channels, s.picked.data(), plane.width);
            table_.reduce_s16(s.picked.data(), s.first.data(), s.column_weights.data(),
                              s.column_taps, out[c], width_);
        }
    }
}

Status ModelInput::write(const Image& image, float* dst, const InputLevels& levels) {
    if (image.format() == PixelFormat::GrayF32 || image.format() == PixelFormat::RgbF32)
        return {Code::Unsupported, "pictures of floats cannot be the input of a model",
                "convert them to an 8-bit format first"};
    prepare(image);
    const std::array<float, 12> matrix = mixing(image.format(), image.color);
    std::array<std::int32_t*, 3> rows{};
    for (std::size_t c = 0; c < 3; ++c) rows[c] = channels_[c].data();
    for (int y = 0; y < height_; ++y) {
        std::size_t channel = 0;
        for (std::size_t p = 0; p < samplers_.size(); ++p) {
            sample_row(samplers_[p], image.plane(static_cast<int>(p)), y, rows.data() + channel);
            channel += static_cast<std::size_t>(samplers_[p].channels);
        }
        const std::ptrdiff_t first = std::ptrdiff_t{y} * width_ * 3;
        float* const row = dst ? dst + first : row_.data();
        table_.mix3_f32(rows[0], rows[1], rows[2], matrix.data(), row, width_);
        if (!levels.dst) continue;
        const QuantizeI8 quantize{
            row, 3, levels.dst + first, 3, 3, levels.factor, levels.zero_point};
        table_.quantize_i8(quantize, 0, width_);
    }
    return Ok{};
}

}  // namespace tarsier::kernels
