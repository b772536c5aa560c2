// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/audio.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tarsier::kernels {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kLowest = 80;     ///< Hz
constexpr double kHighest = 7600;  ///< Hz
constexpr float kLogOffset = 1e-6F;

double mel(double hertz) { return 1127 * std::log1p(hertz / 700); }

/// a + b turned and a - b turned, for n complex numbers each.
void butterflies(std::size_t n, const float* __restrict turn_real,
                 const float* __restrict turn_imag, float* __restrict a_real,
                 float* __restrict a_imag, float* __restrict b_real, float* __restrict b_imag) {
    for (std::size_t i = 0; i < n; ++i) {
        const float real = b_real[i] * turn_real[i] - b_imag[i] * turn_imag[i];
        const float imag = b_real[i] * turn_imag[i] + b_imag[i] * turn_real[i];
        b_real[i] = a_real[i] - real;
        b_imag[i] = a_imag[i] - imag;
        a_real[i] += real;
        a_imag[i] += imag;
    }
}

}  // namespace

Mfcc::Mfcc() : cosines_(static_cast<std::size_t>(kCoefficients * kBands)) {
    for (std::size_t i = 0; i < kWindow; ++i)
        window_[i] =
            static_cast<float>(0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / kWindow));
    for (std::size_t i = 0; i < kHalf; ++i) {
        const double angle = -2 * kPi * static_cast<double>(i) / kTransform;
        turns_.real[i] = static_cast<float>(std::cos(angle));
        turns_.imag[i] = static_cast<float>(std::sin(angle));
        unsigned reversed = 0;
        for (unsigned bit = 1; bit < kHalf; bit *= 2) reversed = reversed * 2 + ((i & bit) != 0);
        order_[i] = static_cast<std::uint8_t>(reversed);
    }
    for (std::size_t n = 1; n < kHalf; n *= 2)
        for (std::size_t k = 0; k < n; ++k) {
            steps_.real[n + k] = turns_.real[k * (kHalf / n)];
            steps_.imag[n + k] = turns_.imag[k * (kHalf / n)];
        }
    const double low = mel(kLowest);
    const double spacing = (mel(kHighest) - low) / (kBands + 1);
    for (std::size_t b = 0; b < kBands; ++b) {
        const double begin = low + spacing * static_cast<double>(b);
        for (int k = 1; k <= kHalf; ++k) {  // the constant part belongs to no band
            const double at = mel(static_cast<double>(k) * kSampleRate / kTransform);
            const double weight =
                std::min((at - begin) / spacing, (begin + 2 * spacing - at) / spacing);
            if (weight <= 0) continue;
            if (bands_[b].weights.empty()) bands_[b].first = k;
            bands_[b].weights.push_back(static_cast<float>(weight));
        }
        for (int c = 0; c < kCoefficients; ++c)
            cosines_[static_cast<std::size_t>(c) * kBands + b] = static_cast<float>(
                std::sqrt(2.0 / kBands) *
                std::cos(kPi * c * (2 * static_cast<double>(b) + 1) / (2 * kBands)));
    }
}

void Mfcc::transform() {
    // 512 real values as 256 complex ones, transformed in place by Cooley and Tukey's halves, and
    // taken apart again.
    for (std::size_t n = 1; n < kHalf; n *= 2)
        for (std::size_t begin = 0; begin < kHalf; begin += 2 * n)
            butterflies(n, &steps_.real[n], &steps_.imag[n], &buffer_.real[begin],
                        &buffer_.imag[begin], &buffer_.real[begin + n], &buffer_.imag[begin + n]);
    const auto& [real, imag] = buffer_;
    power_[0] = (real[0] + imag[0]) * (real[0] + imag[0]);
    power_[kHalf] = (real[0] - imag[0]) * (real[0] - imag[0]);
    for (std::size_t k = 1; k < kHalf; ++k) {
        const float even_real = (real[k] + real[kHalf - k]) / 2;
        const float even_imag = (imag[k] - imag[kHalf - k]) / 2;
        const float odd_real = (imag[k] + imag[kHalf - k]) / 2;
        const float odd_imag = (real[kHalf - k] - real[k]) / 2;
        const float x = even_real + odd_real * turns_.real[k] - odd_imag * turns_.imag[k];
        const float y = even_imag + odd_real * turns_.imag[k] + odd_imag * turns_.real[k];
        power_[k] = x * x + y * y;
    }
}

void Mfcc::frame(std::span<const float, kWindow> samples, std::span<float, kCoefficients> out) {
    for (std::size_t i = 0; i < kHalf; ++i) {
        const std::size_t at = 2 * i;
        const bool inside = at < kWindow;
        buffer_.real[order_[i]] = inside ? samples[at] * window_[at] : 0;
        buffer_.imag[order_[i]] = inside ? samples[at + 1] * window_[at + 1] : 0;
    }
    transform();
    std::array<float, kBands> logs;
    for (std::size_t b = 0; b < kBands; ++b) {
        float sum = kLogOffset;
        for (std::size_t i = 0; i < bands_[b].weights.size(); ++i)
            sum += bands_[b].weights[i] * power_[static_cast<std::size_t>(bands_[b].first) + i];
        logs[b] = std::log(sum);
    }
    for (std::size_t c = 0; c < kCoefficients; ++c) {
        float sum = 0;
        for (std::size_t b = 0; b < kBands; ++b) sum += cosines_[c * kBands + b] * logs[b];
        out[c] = sum;
    }
}

}  // namespace tarsier::kernels
