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

/// The number of the word that the model hears.
Result<std::size_t> hear(infer::Session& session, const fs::path& file) {
    TARSIER_TRY(const Audio sound, nodes::read_sound_file(file, Mfcc::kSampleRate));
    const int frames = static_cast<int>(session.input(0).shape[2]);
    const std::vector<float> window =
        apps::around_speech(sound.samples, apps::samples_of_frames(frames));
    TARSIER_CHECK(session.set_input(0, apps::mfcc(window, frames)));
    session.reset();
    TARSIER_CHECK(session.run());
    const infer::View out = session.output(0);
    return static_cast<std::size_t>(std::max_element(out.data, out.data + out.shape.elements()) -
                                    out.data);
}

}  // namespace

Result<std::vector<Measures>> eval_keywords(infer::Session& session, const fs::path& folder,
                                            const EvalOptions& options) {
    TARSIER_TRY(const std::vector<std::string> labels, labels_of(session));
    TARSIER_TRY(const std::vector<WordClip> clips, find_clips(folder, labels));
    std::map<std::size_t, std::pair<double, double>> words;  // by label: right, all
    double right = 0;
    for (std::size_t i = 0; i < clips.size(); ++i) {
        options.progress(static_cast<double>(i) / static_cast<double>(clips.size()));
        TARSIER_TRY(const std::size_t heard, hear(session, clips[i].file));
        auto& [right_of_word, all] = words[clips[i].label];
        right_of_word += heard == clips[i].label ? 1 : 0;
        right += heard == clips[i].label ? 1 : 0;
        ++all;
    }
    std::vector<Measures> out{
        {"all", clips.size(), {{"accuracy", 100 * right / static_cast<double>(clips.size())}}}};
    if (!options.negatives.empty()) {
        TARSIER_TRY(const auto stream, eval_stream(session, labels, clips, options));
        const std::vector<std::pair<std::string, double>>& values = stream.front().values;
        out.front().values.insert(out.front().values.end(), values.begin(), values.end());
        out.insert(out.end(), stream.begin() + 1, stream.end());
    }
    for (const auto& [label, counts] : words)
        out.push_back({labels[label],
                       static_cast<std::size_t>(counts.second),
                       {{"accuracy", 100 * counts.first / counts.second}}});
    return out;
}

}  // namespace tarsier::cli
