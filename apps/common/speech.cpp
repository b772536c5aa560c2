// SPDX-License-Identifier: Apache-2.0
#include "common/speech.h"

#include <tarsier/kernels/audio.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tarsier::apps {
namespace {

using kernels::Mfcc;

constexpr std::size_t kFrame = 160;  ///< samples of 10 ms
constexpr std::size_t kPause = 20;   ///< frames
constexpr double kBelowPeak = 24;    ///< dB

struct Stretch {
    std::size_t first = 0, last = 0;  ///< frames, the last one included
    double power = 0;
};

/// Mean power of each frame and its neighbours.
std::vector<double> frame_powers(std::span<const float> sound) {
    std::vector<double> powers(sound.size() / kFrame);
    for (std::size_t i = 0; i < powers.size(); ++i)
        for (std::size_t j = 0; j < kFrame; ++j) {
            const double sample = sound[i * kFrame + j];
            powers[i] += sample * sample / kFrame;
        }
    std::vector<double> smooth(powers.size());
    for (std::size_t i = 0; i < powers.size(); ++i)
        for (std::size_t j = std::max<std::size_t>(i, 1) - 1;
             j <= std::min(i + 1, powers.size() - 1); ++j)
            smooth[i] += powers[j] / 3;
    return smooth;
}

Stretch loudest_stretch(const std::vector<double>& powers) {
    const double least =
        *std::max_element(powers.begin(), powers.end()) * std::pow(10, -kBelowPeak / 10);
    Stretch best;
    Stretch current;
    bool any = false;
    for (std::size_t i = 0; i < powers.size(); ++i) {
        if (powers[i] <= least) continue;
        if (!any || i - current.last > kPause) current = {i, i, 0};
        any = true;
        current.last = i;
        current.power += powers[i];
        if (current.power > best.power) best = current;
    }
    return best;
}

}  // namespace

std::vector<float> around_speech(std::span<const float> sound, std::size_t count) {
    std::size_t first = 0;
    std::size_t end = sound.size();
    if (const std::vector<double> powers = frame_powers(sound); powers.size() >= 4) {
        const Stretch stretch = loudest_stretch(powers);
        first = stretch.first * kFrame;
        end = std::min(sound.size(), (stretch.last + 1) * kFrame);
    }
    const auto begin =
        (static_cast<std::ptrdiff_t>(first + end) - static_cast<std::ptrdiff_t>(count)) / 2;
    std::vector<float> window(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::ptrdiff_t at = begin + static_cast<std::ptrdiff_t>(i);
        if (at >= 0 && at < static_cast<std::ptrdiff_t>(sound.size()))
            window[i] = sound[static_cast<std::size_t>(at)];
    }
    return window;
}

std::size_t samples_of_frames(int frames) {
    return static_cast<std::size_t>((frames - 1) * Mfcc::kHop + Mfcc::kWindow);
}

std::vector<float> mfcc(std::span<const float> sound, int frames) {
    std::vector<float> padded(sound.begin(), sound.end());
    padded.resize(std::max(padded.size(), samples_of_frames(frames)));
    Mfcc transform;
    const auto columns = static_cast<std::size_t>(frames);
    std::vector<float> out(Mfcc::kCoefficients * columns);
    std::array<float, Mfcc::kCoefficients> frame{};
    for (std::size_t t = 0; t < columns; ++t) {
        transform.frame(
            std::span<const float, Mfcc::kWindow>(padded.data() + t * Mfcc::kHop, Mfcc::kWindow),
            frame);
        for (std::size_t c = 0; c < frame.size(); ++c) out[c * columns + t] = frame[c];
    }
    return out;
}

}  // namespace tarsier::apps
