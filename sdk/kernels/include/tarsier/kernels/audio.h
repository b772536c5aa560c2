// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace tarsier::kernels {

/// Mel-frequency cepstral coefficients of 16 kHz sound, as keyword networks take them: frames of 30
/// ms every 10 ms, periodic Hann window, power of 512 frequencies, 64 triangular bands from 80 to
/// 7600 Hz, natural logarithm of the power plus 1e-6, cosine transform, coefficients 0 to 39.
/// Allocates only when made. Thread-bound: it has working memory.
class Mfcc {
  public:
    static constexpr int kSampleRate = 16000;
    static constexpr int kWindow = 480;       ///< samples of a frame
    static constexpr int kHop = 160;          ///< samples from frame to frame
    static constexpr int kCoefficients = 40;  ///< of a frame

    Mfcc();

    /// The coefficients of one frame; samples in -1..1.
    void frame(std::span<const float, kWindow> samples, std::span<float, kCoefficients> out);

  private:
    static constexpr int kTransform = 512;
    static constexpr int kHalf = kTransform / 2;
    static constexpr int kBands = 64;

    /// A band's weights for the frequencies from `first` on.
    struct Band {
        int first = 0;
        std::vector<float> weights;
    };

    /// Complex numbers, the parts apart: so a compiler computes several at once.
    struct Complex {
        std::array<float, kHalf> real, imag;
    };

    /// Fills power_ from the windowed frame in buffer_, two real values to a complex one, in the
    /// order of reversed bits.
    void transform();

    std::array<float, kWindow> window_;
    Complex turns_;                          ///< exp(-2 pi i k / 512)
    Complex steps_;                          ///< exp(-pi i k / n) at n + k, for n = 1, 2, 4 to 128
    std::array<std::uint8_t, kHalf> order_;  ///< reversed bits
    std::array<Band, kBands> bands_;
    std::vector<float> cosines_;  ///< [coefficient][band]
    Complex buffer_;
    std::array<float, kHalf + 1> power_;
};

}  // namespace tarsier::kernels
