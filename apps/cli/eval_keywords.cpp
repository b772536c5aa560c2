// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/nodes/media_file.h>

#include <algorithm>
#include <sstream>

#include "cli/eval_keywords.h"
#include "common/speech.h"

namespace fs = std::filesystem;

namespace tarsier::cli {
namespace {

using kernels::Mfcc;

/// The words that the model knows, in the order of its output.
Result<std::vector<std::string>> labels_of(infer::Session& session) {
    const infer::Model& model = session.model();
    std::vector<std::string> labels;
    if (const auto found = model.metadata().find("labels"); found != model.metadata().end()) {
        std::istringstream in(found->second);
        for (std::string label; std::getline(in, label, ',');) labels.push_back(label);
    }
    const Shape in = session.input(0).shape;
    if (in.rank() == 4 && in[3] == Mfcc::kCoefficients && in[1] == 1 &&
        static_cast<std::int64_t>(labels.size()) == session.output(0).shape.elements())
        return labels;
    return {Code::Unsupported, fmt::format("model '{}' knows no words", model.name()),
            "it takes MFCC, 1x40x1xT, and carries 'labels': words, separated by commas"};
}

Result<std::vector<WordClip>> find_clips(const fs::path& folder,
                                         const std::vector<std::string>& labels) {
    std::error_code error;
    std::vector<WordClip> clips;
    for (fs::directory_iterator word(folder, error), end; !error && word != end;
         word.increment(error)) {
        const std::string name = word->path().filename().string();
        const auto label = std::find(labels.begin(), labels.end(), name);
        if (label == labels.end())
            return {Code::BadData,
                    fmt::format("{}: the model does not know the word '{}'", folder.string(), name),
                    fmt::format("it knows: {}", fmt::join(labels, ", "))};
        for (fs::directory_iterator it(word->path(), error); !error && it != end;
             it.increment(error))
            clips.push_back({it->path(), static_cast<std::size_t>(label - labels.begin())});
    }
    if (error || clips.empty())
        return {Code::NotFound, fmt::format("{}: holds no sound", folder.string()),
                "a folder with a folder for each word is needed"};
    std::sort(clips.begin(), clips.end(),
              [](const WordClip& a, const WordClip& b) { return a.file < b.file; });
    return clips;
}

struct Heard {
    std::size_t label = 0;
    float chance = 0;
};

/// The word that the model hears, and how sure it is.
Result<Heard> hear(infer::Session& session, const fs::path& file) {
    TARSIER_TRY(const Audio sound, nodes::read_sound_file(file, Mfcc::kSampleRate));
    const int frames = static_cast<int>(session.input(0).shape[2]);
    const std::vector<float> window =
        apps::around_speech(sound.samples, apps::samples_of_frames(frames));
    TARSIER_CHECK(session.set_input(0, apps::mfcc(window, frames)));
    session.reset();
    TARSIER_CHECK(session.run());
    const infer::View out = session.output(0);
    const float* best = std::max_element(out.data, out.data + out.shape.elements());
    return Heard{static_cast<std::size_t>(best - out.data), *best};
}

/// Of everything, then of each word that was said.
std::vector<Measures> accuracies(const Findings& findings) {
    std::vector<Measures> out{{"all", 0, {}}};
    double right = 0;
    for (std::size_t i = 0; i < findings.labels.size(); ++i) {
        std::size_t said = 0;
        for (const int count : findings.confusion[i]) said += static_cast<std::size_t>(count);
        if (said == 0) continue;
        const double right_of_word = findings.confusion[i][i];
        right += right_of_word;
        out.front().count += said;
        out.push_back({findings.labels[i],
                       said,
                       {{"accuracy", 100 * right_of_word / static_cast<double>(said)}}});
    }
    out.front().values = {{"accuracy", 100 * right / static_cast<double>(out.front().count)}};
    return out;
}

/// What eval_stream() says, with its curve of words missed against false alarms.
Status add_stream(infer::Session& session, const std::vector<WordClip>& clips,
                  const EvalOptions& options, Findings& findings) {
    TARSIER_TRY(std::vector<Measures> stream,
                eval_stream(session, findings.labels, clips, options));
    auto& values = findings.parts.front().values;
    values.insert(values.end(), stream.front().values.begin(), stream.front().values.end());
    Curve curve{"Words in running sound", "false alarms per hour", "words missed, %"};
    for (std::size_t i = 1; i < stream.size(); ++i) {
        std::map<std::string, double> at(stream[i].values.begin(), stream[i].values.end());
        curve.points.emplace_back(at["false_alarms_per_hour"], at["miss_rate"]);
        findings.parts.push_back(std::move(stream[i]));
    }
    findings.curves.push_back(std::move(curve));
    return Ok{};
}

}  // namespace

Result<Findings> eval_keywords(infer::Session& session, const fs::path& folder,
                               const EvalOptions& options) {
    TARSIER_TRY(const std::vector<std::string> labels, labels_of(session));
    TARSIER_TRY(const std::vector<WordClip> clips, find_clips(folder, labels));
    Findings findings;
    findings.labels = labels;
    findings.confusion.assign(labels.size(), std::vector<int>(labels.size()));
    for (std::size_t i = 0; i < clips.size(); ++i) {
        options.progress(static_cast<double>(i) / static_cast<double>(clips.size()));
        TARSIER_TRY(const Heard heard, hear(session, clips[i].file));
        ++findings.confusion[clips[i].label][heard.label];
        if (heard.label != clips[i].label)
            keep_worst(findings,
                       {heard.chance,
                        fmt::format("{}, taken for {} with {:.2f}", labels[clips[i].label],
                                    labels[heard.label], heard.chance),
                        clips[i].file});
    }
    findings.parts = accuracies(findings);
    if (!options.negatives.empty()) TARSIER_CHECK(add_stream(session, clips, options, findings));
    return findings;
}

}  // namespace tarsier::cli
