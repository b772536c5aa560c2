// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/nodes/media_file.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

#include "cli/eval_keywords.h"
#include "common/speech.h"

namespace fs = std::filesystem;

namespace tarsier::cli {
namespace {

using kernels::Mfcc;

constexpr int kStep = 8;           ///< frames between two decisions, 80 ms
constexpr int kSmooth = 4;         ///< decisions that are averaged
constexpr std::size_t kRest = 12;  ///< decisions after an alarm without another one, about a second
constexpr std::array kThresholds{0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98};

/// Averaged probabilities, [decision][label].
using Track = std::vector<std::vector<float>>;

/// What the model hears while a window slides over a sound between two half seconds of silence.
Result<Track> listen(infer::Session& session, std::span<const float> sound) {
    const int frames = static_cast<int>(session.input(0).shape[2]);
    const std::size_t margin = Mfcc::kSampleRate / 2;
    std::vector<float> padded(margin, 0.0F);
    padded.insert(padded.end(), sound.begin(), sound.end());
    const std::size_t least = apps::samples_of_frames(frames + kStep * (kSmooth - 1));
    padded.resize(std::max(padded.size() + margin, least));
    const auto all = static_cast<int>((padded.size() - Mfcc::kWindow) / Mfcc::kHop + 1);
    const std::vector<float> features = apps::mfcc(padded, all);
    std::vector<float> window(static_cast<std::size_t>(Mfcc::kCoefficients * frames));
    Track raw;
    for (int at = 0; at + frames <= all; at += kStep) {
        for (int c = 0; c < Mfcc::kCoefficients; ++c)
            std::copy_n(features.begin() + std::ptrdiff_t{c} * all + at, frames,
                        window.begin() + std::ptrdiff_t{c} * frames);
        TARSIER_CHECK(session.set_input(0, window));
        session.reset();
        TARSIER_CHECK(session.run());
        const infer::View out = session.output(0);
        raw.emplace_back(out.data, out.data + out.shape.elements());
    }
    Track track;
    for (std::size_t i = kSmooth - 1; i < raw.size(); ++i) {
        track.emplace_back(raw[i].size());
        for (std::size_t k = 0; k < raw[i].size(); ++k)
            for (std::size_t back = 0; back < kSmooth; ++back)
                track.back()[k] += raw[i - back][k] / kSmooth;
    }
    return track;
}

/// Ends of the 95 % interval of the mean of a Poisson count, by Byar's approximation.
std::pair<double, double> poisson_interval(double count) {
    const auto end = [](double n, double z) {
        return n > 0 ? n * std::pow(1 - 1 / (9 * n) + z / (3 * std::sqrt(n)), 3) : 0;
    };
    return {end(count, -1.96), end(count + 1, 1.96)};
}

class Stream {
  public:
    Stream(infer::Session& session, const std::vector<std::string>& labels) : session_(session) {
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (labels[i] != "__null__" && labels[i] != "silence" && labels[i] != "unknown")
                words_.push_back(i);
    }

    /// A clip with one of the words; what holds none is no clip of this measure.
    Status add_clip(const WordClip& clip) {
        if (std::find(words_.begin(), words_.end(), clip.label) == words_.end()) return Ok{};
        TARSIER_TRY(const Audio sound, nodes::read_sound_file(clip.file, Mfcc::kSampleRate));
        TARSIER_TRY(const Track track, listen(session_, sound.samples));
        Peaks peaks;
        for (const auto& chances : track)
            for (const std::size_t word : words_) {
                float& peak = word == clip.label ? peaks.right : peaks.wrong;
                peak = std::max(peak, chances[word]);
            }
        peaks_.push_back(peaks);
        return Ok{};
    }

    Status add_negative(const fs::path& file) {
        TARSIER_TRY(const Audio sound, nodes::read_sound_file(file, Mfcc::kSampleRate));
        TARSIER_TRY(Track track, listen(session_, sound.samples));
        hours_ += static_cast<double>(sound.samples.size()) / Mfcc::kSampleRate / 3600;
        negatives_.push_back(std::move(track));
        return Ok{};
    }

    Measures at(const std::string& name, double threshold) const {
        double missed = 0;
        double wrong = 0;
        for (const Peaks& peaks : peaks_) {
            missed += peaks.right < threshold ? 1 : 0;
            wrong += peaks.wrong >= threshold && peaks.wrong > peaks.right ? 1 : 0;
        }
        const double alarms = alarms_at(threshold);
        const auto [low, high] = poisson_interval(alarms);
        const double clips = std::max<double>(1, static_cast<double>(peaks_.size()));
        return {name,
                peaks_.size(),
                {{"threshold", threshold},
                 {"miss_rate", 100 * missed / clips},
                 {"wrong_word_rate", 100 * wrong / clips},
                 {"false_alarms_per_hour", alarms / hours_},
                 {"false_alarms_low", low / hours_},
                 {"false_alarms_high", high / hours_},
                 {"hours", hours_}}};
    }

  private:
    struct Peaks {
        float right = 0, wrong = 0;
    };

    double alarms_at(double threshold) const {
        double alarms = 0;
        for (const Track& track : negatives_)
            for (std::size_t i = 0; i < track.size(); ++i)
                if (std::any_of(words_.begin(), words_.end(),
                                [&](std::size_t word) { return track[i][word] >= threshold; })) {
                    ++alarms;
                    i += kRest;
                }
        return alarms;
    }

    infer::Session& session_;
    std::vector<std::size_t> words_;
    std::vector<Peaks> peaks_;
    std::vector<Track> negatives_;
    double hours_ = 0;
};

/// All files below the folders, sorted.
Result<std::set<fs::path>> files_below(const std::vector<fs::path>& folders) {
    std::set<fs::path> files;
    for (const fs::path& folder : folders) {
        std::error_code error;
        const std::size_t before = files.size();
        for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
             it.increment(error))
            if (it->is_regular_file()) files.insert(it->path());
        if (error || files.size() == before)
            return {Code::NotFound, fmt::format("{}: holds no sound", folder.string()),
                    "--negatives takes folders of sound in which none of the words is said"};
    }
    return files;
}

}  // namespace

Result<std::vector<Measures>> eval_stream(infer::Session& session,
                                          const std::vector<std::string>& labels,
                                          const std::vector<WordClip>& clips,
                                          const EvalOptions& options) {
    TARSIER_TRY(const std::set<fs::path> negatives, files_below(options.negatives));
    Stream stream(session, labels);
    const auto all = static_cast<double>(clips.size() + negatives.size());
    double done = 0;
    for (const WordClip& clip : clips) {
        options.progress(done++ / all);
        TARSIER_CHECK(stream.add_clip(clip));
    }
    for (const fs::path& file : negatives) {
        options.progress(done++ / all);
        TARSIER_CHECK(stream.add_negative(file));
    }
    std::vector<Measures> out{stream.at("stream", options.threshold)};
    for (const double threshold : kThresholds)
        out.push_back(stream.at(fmt::format("{:.2f}", threshold), threshold));
    return out;
}

}  // namespace tarsier::cli
