// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace tarsier::apps {

/// `count` samples of 16 kHz sound around the middle of its loudest stretch of speech, silence
/// where the sound has ended. Frames of 10 ms within 24 dB of the loudest one (smoothed over three)
/// are speech; pauses of up to 0.2 s belong to a stretch.
std::vector<float> around_speech(std::span<const float> sound, std::size_t count);

/// Mel-frequency cepstral coefficients (kernels::Mfcc) of `frames` frames, [coefficient][frame];
/// sound that is too short ends in silence.
std::vector<float> mfcc(std::span<const float> sound, int frames);

/// Samples that so many frames look at.
std::size_t samples_of_frames(int frames);

}  // namespace tarsier::apps
