// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gst/app/gstappsink.h>
#include <tarsier/graph/node.h>
#include <tarsier/media/audio.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "source/gst/pipeline.h"

namespace tarsier::nodes {

/// What the `uri` of a sound source stands for.
struct SoundLocation {
    enum class Kind {
        File,        ///< `target`: path of a file that can be read
        Network,     ///< `target`: a URI that GStreamer opens
        Microphone,  ///< the default one of this machine
        Pulse,       ///< `target`: a PulseAudio source; empty = the default one
        Pipewire,    ///< `target`: name or serial of a PipeWire node
        Alsa,        ///< `target`: an ALSA device like hw:0
        Test,        ///< `target`: a wave of audiotestsrc
    };
    Kind kind = Kind::File;
    std::string target;
    std::string what;  ///< for messages: "microphone 'hw:0'"
};

/// Reads a path, a URI, `sample:NAME`, `microphone`, `pulse:NAME`, `pipewire:NAME`, `alsa:DEVICE`
/// or `test:WAVE`. NotFound, Permission and Invalid as locate() of pictures.
Result<SoundLocation> locate_sound(const std::string& uri, const NodeContext& context);

/// Sound of a file, a stream, a device or a generator, through GStreamer, in pieces of equal
/// length. Thread-bound.
class SoundStream {
  public:
    struct Format {
        int sample_rate = 16000;  ///< Hz
        int channels = 1;
        Timestamp chunk = 10 * kMillisecond;  ///< ns of a piece
        bool loop = false;                    ///< starts again at the end; time goes on
        bool live_test = false;               ///< generators: in real time, like a microphone
    };
    struct Piece {
        Audio audio;
        Stamp stamp;
    };

    /// Opens the location and waits for the first sound, for at most kOpenDeadline.
    static Result<std::unique_ptr<SoundStream>> open(const SoundLocation& location,
                                                     const Format& format, std::stop_token stop);

    /// The next piece, the last one may be shorter; waits for it. Nothing at the end, and when
    /// `stop` is requested. BadData where a file gives nothing for kStall: decoders wait for ever
    /// on some damaged ones.
    Result<std::optional<Piece>> next(std::stop_token stop);
    bool live() const { return pipeline_.live(); }

    static constexpr Timestamp kOpenDeadline = 20 * kSecond;
    static constexpr Timestamp kStall = 20 * kSecond;

  private:
    SoundStream(const SoundLocation& location, const Format& format);
    Status build(const SoundLocation& location);
    Result<GstElement*> device(const SoundLocation& location);
    Result<GstElement*> generator(const std::string& wave);
    Result<bool> at_end(std::stop_token stop);
    void append(GstSample* sample);
    Piece cut(std::size_t frames);
    Timestamp length_of(std::int64_t frames) const;

    Format format_;
    gst::Pipeline pipeline_;
    GstAppSink* sink_ = nullptr;  ///< the pipeline's
    std::vector<float> pending_;  ///< samples that were not yet given
    Timestamp begin_ = 0;         ///< of the sound that goes on without a hole
    std::int64_t given_ = 0;      ///< frames of it that were given
    bool begun_ = false;
    bool any_ = false;  ///< since the beginning or the last rewind
};

}  // namespace tarsier::nodes
