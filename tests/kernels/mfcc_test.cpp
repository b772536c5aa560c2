// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/kernels/audio.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "npz.h"

namespace tarsier::kernels {
namespace {

namespace fs = std::filesystem;

using Frame = std::array<float, Mfcc::kCoefficients>;

Frame coefficients(const std::vector<float>& samples, std::size_t first = 0) {
    Mfcc mfcc;
    Frame out;
    mfcc.frame(std::span<const float, Mfcc::kWindow>(&samples[first], Mfcc::kWindow), out);
    return out;
}

TEST(Mfcc, SilenceIsTheLogarithmOfTheOffsetInTheFirstCoefficientOnly) {
    const Frame frame = coefficients(std::vector<float>(Mfcc::kWindow, 0.0F));
    EXPECT_NEAR(frame[0], -156.305F, 1e-2);
    for (std::size_t i = 1; i < frame.size(); ++i) EXPECT_NEAR(frame[i], 0, 1e-3) << i;
}

TEST(Mfcc, TheSpectrumIsThatOfTheFourierSum) {
    // The bands computed from the definition, for a sound of two tones.
    std::vector<float> samples(Mfcc::kWindow);
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = 0.5F * std::sin(0.2F * static_cast<float>(i)) +
                     0.1F * std::cos(1.1F * static_cast<float>(i));
    std::vector<double> power(257);
    for (std::size_t k = 0; k < power.size(); ++k) {
        double real = 0;
        double imag = 0;
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const double pi = std::numbers::pi;
            const double x =
                samples[i] * (0.5 - 0.5 * std::cos(2 * pi * static_cast<double>(i) / 480));
            const double angle = 2 * pi * static_cast<double>(k * i) / 512;
            real += x * std::cos(angle);
            imag -= x * std::sin(angle);
        }
        power[k] = real * real + imag * imag;
    }
    const auto mel = [](double hertz) { return 1127 * std::log(1 + hertz / 700); };
    const double step = (mel(7600) - mel(80)) / 65;
    double first = 0;
    for (int b = 0; b < 64; ++b) {
        double sum = 1e-6;
        for (int k = 1; k <= 256; ++k) {
            const double at = (mel(k * 31.25) - mel(80)) / step - b;
            sum += std::max(0.0, std::min(at, 2 - at)) * power[static_cast<std::size_t>(k)];
        }
        first += std::sqrt(2.0 / 64) * std::log(sum);
    }
    EXPECT_NEAR(coefficients(samples)[0], first, 1e-3 * std::abs(first));
}

TEST(Mfcc, ReproducesTheReferenceWithin1e4) {
    const fs::path file = fs::path(TARSIER_SOURCE_DIR) / "../shared/nets/mfcc_io.npz";
    if (!fs::exists(file)) GTEST_SKIP() << "no ../shared: not compared";
    auto golden = testing_support::read_npz(file);
    const std::vector<float>& wav = golden["wav"].values;
    const std::vector<float>& expected = golden["mfcc"].values;  // [coefficient][frame]
    ASSERT_EQ(expected.size(), 40U * 98);
    float scale = 0;
    for (const float x : expected) scale = std::max(scale, std::abs(x));
    for (std::size_t t = 0; t < 98; ++t) {
        const Frame frame = coefficients(wav, t * Mfcc::kHop);
        for (std::size_t c = 0; c < frame.size(); ++c)
            ASSERT_NEAR(frame[c], expected[c * 98 + t], 1e-4 * scale) << c << " of frame " << t;
    }
}

}  // namespace
}  // namespace tarsier::kernels
