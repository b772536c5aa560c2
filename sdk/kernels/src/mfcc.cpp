// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/audio.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace tarsier::kernels {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kLowest = 80;     ///< Hz
constexpr double kHighest = 7600;  ///< Hz
constexpr float kLogOffset = 1e-6F;

double mel(double hertz) { return 1127 * std::log1p(hertz / 700); }

}  // namespace

Mfcc::Mfcc() : cosines_(static_cast<std::size_t>(kCoefficients * kBands)) {
    for (std::size_t i = 0; i < kWindow; ++i)
        window_[i] =
            static_cast<float>(0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / kWindow));
    for (std::size_t i = 0; i < kHalf; ++i) {
        const double angle = -2 * kPi * static_cast<double>(i) / kTransform;
        turns_[i] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
        int reversed = 0;
        for (int bit = 1; bit < kHalf; bit *= 2)
            reversed = reversed * 2 + ((static_cast<int>(i) & bit) != 0);
        order_[i] = reversed;
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
    // 512 real values as 256 complex ones, transformed in place and taken apart again.
    for (std::size_t i = 0; i < kHalf; ++i)
        if (const auto j = static_cast<std::size_t>(order_[i]); i < j)
            std::swap(buffer_[i], buffer_[j]);
    for (std::size_t length = 2; length <= kHalf; length *= 2)
        for (std::size_t begin = 0; begin < kHalf; begin += length)
            for (std::size_t i = 0; i < length / 2; ++i) {
                const std::complex<float> turn = turns_[i * (kTransform / length)];
                const std::complex<float> a = buffer_[begin + i];
                const std::complex<float> b = buffer_[begin + i + length / 2];
                const std::complex<float> turned = {
                    b.real() * turn.real() - b.imag() * turn.imag(),
                    b.real() * turn.imag() + b.imag() * turn.real()};
                buffer_[begin + i] = a + turned;
                buffer_[begin + i + length / 2] = a - turned;
            }
    for (std::size_t k = 0; k <= kHalf; ++k) {
        const std::complex<float> a = buffer_[k % kHalf];
        const std::complex<float> b = std::conj(buffer_[(kHalf - k) % kHalf]);
        const std::complex<float> turn = k < kHalf ? turns_[k] : std::complex<float>(-1, 0);
        const std::complex<float> odd = {(a.imag() - b.imag()) / 2, (b.real() - a.real()) / 2};
        const float real =
            (a.real() + b.real()) / 2 + odd.real() * turn.real() - odd.imag() * turn.imag();
        const float imag =
            (a.imag() + b.imag()) / 2 + odd.real() * turn.imag() + odd.imag() * turn.real();
        power_[k] = real * real + imag * imag;
    }
}

void Mfcc::frame(std::span<const float, kWindow> samples, std::span<float, kCoefficients> out) {
    for (std::size_t i = 0; i < kHalf; ++i) {
        const std::size_t at = 2 * i;
        buffer_[i] = at < kWindow ? std::complex<float>(samples[at] * window_[at],
                                                        samples[at + 1] * window_[at + 1])
                                  : std::complex<float>();
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
