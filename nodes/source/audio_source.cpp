// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/node.h>

#include <memory>
#include <utility>

#include "source/sound_stream.h"

namespace tarsier::nodes {

/// A short last piece keeps its length: nothing of the sound is lost, nothing added.
struct AudioSource final : Node {
    static constexpr bool kBlocking = true;

    Out<Audio> audio{this, "audio", "the sound, in pieces of equal length"};
    Option<std::string> uri{this, "uri", "",
                            "path of a sound or video file, URI, microphone, pulse:NAME, "
                            "pipewire:NAME, alsa:DEVICE, test:WAVE or sample:NAME"};
    Option<int> rate{this, "rate", 16000, "samples per second, resampled as needed",
                     within(1000, 384000)};
    Option<int> channels{this, "channels", 1, "mixed as needed", within(1, 8)};
    Option<Duration> chunk{this, "chunk", Duration{10 * kMillisecond}, "length of a piece",
                           within(0.001, 1)};
    Option<bool> loop{this, "loop", false, "starts again at the end; time goes on"};
    Option<bool> live_test{this, "live", false, "test waves: in real time, like a microphone"};

    Status start() override {
        TARSIER_TRY(const SoundLocation location, locate_sound(*uri, context()));
        const SoundStream::Format format{*rate, *channels, chunk->ns, *loop, *live_test};
        TARSIER_TRY(stream_, SoundStream::open(location, format, context().stop));
        return Ok{};
    }

    Status process() override {
        TARSIER_TRY(std::optional<SoundStream::Piece> piece, stream_->next(context().stop));
        if (!piece) {
            finish();
            return Ok{};
        }
        return audio.send(std::move(piece->audio), piece->stamp);
    }

    Status stop() override {
        stream_.reset();
        return Ok{};
    }

    bool live() const override { return stream_ && stream_->live(); }

  private:
    std::unique_ptr<SoundStream> stream_;
};

TARSIER_NODE(AudioSource, "source.audio",
             "Sound of a file, microphone, network stream or test wave.");

}  // namespace tarsier::nodes
