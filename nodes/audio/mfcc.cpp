// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/graph/node.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/tensor.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <utility>
#include <vector>

namespace tarsier::nodes {

/// Frames overlap, so samples stay until no further frame wants them. A hole in the sound, and a
/// new epoch, begin anew.
struct Mfcc final : Node {
    In<Audio> audio{this, "audio", "sound at 16000 Hz; several channels are mixed"};
    Out<Tensor> mfcc{this, "mfcc",
                     "frames x 40 floats: the frames of 30 ms, one each 10 ms, that this sound "
                     "completes"};

    Status process() override;

  private:
    Status take();

    static constexpr Timestamp kHole = 5 * kMillisecond;

    kernels::Mfcc kernel_;
    std::vector<float> samples_;
    Key next_;  ///< where the sound goes on
    bool begun_ = false;
};

/// Appends the samples of this firing, one channel of them.
Status Mfcc::take() {
    if (audio->sample_rate != kernels::Mfcc::kSampleRate)
        return {
            Code::Unsupported,
            fmt::format("the sound has {} Hz, expected {}", audio->sample_rate,
                        kernels::Mfcc::kSampleRate),
            fmt::format("source.audio resamples: with: {{rate: {}}}", kernels::Mfcc::kSampleRate)};
    const bool goes_on =
        begun_ && key().epoch == next_.epoch && std::llabs(key().ts - next_.ts) <= kHole;
    if (!goes_on) samples_.clear();
    begun_ = true;
    next_ = {key().epoch, key().ts + audio->frames() * kSecond / kernels::Mfcc::kSampleRate};
    const auto channels = static_cast<std::size_t>(audio->channels);
    for (std::size_t i = 0; i + channels <= audio->samples.size(); i += channels) {
        float sum = 0;
        for (std::size_t c = 0; c < channels; ++c) sum += audio->samples[i + c];
        samples_.push_back(sum / static_cast<float>(channels));
    }
    return Ok{};
}

Status Mfcc::process() {
    using kernels::Mfcc;
    TARSIER_CHECK(take());
    if (samples_.size() < Mfcc::kWindow) return Ok{};
    const std::size_t frames = (samples_.size() - Mfcc::kWindow) / Mfcc::kHop + 1;
    TARSIER_TRY(Tensor out,
                Tensor::allocate({static_cast<std::int64_t>(frames), Mfcc::kCoefficients},
                                 ElementType::F32, &mfcc.pool()));
    const std::span<float> values = out.floats();
    for (std::size_t i = 0; i < frames; ++i)
        kernel_.frame(
            std::span<const float, Mfcc::kWindow>(&samples_[i * Mfcc::kHop], Mfcc::kWindow),
            std::span<float, Mfcc::kCoefficients>(&values[i * Mfcc::kCoefficients],
                                                  Mfcc::kCoefficients));
    samples_.erase(samples_.begin(),
                   samples_.begin() + static_cast<std::ptrdiff_t>(frames * Mfcc::kHop));
    return mfcc.send(std::move(out));
}

TARSIER_NODE(Mfcc, "audio.mfcc",
             "What keyword networks hear: mel-frequency cepstral coefficients of sound.");

}  // namespace tarsier::nodes
