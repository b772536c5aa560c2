// SPDX-License-Identifier: Apache-2.0
#include "common/samples.h"

#include <fmt/format.h>
#include <tarsier/kernels/audio.h>
#include <tarsier/kernels/model_input.h>
#include <tarsier/nodes/media_file.h>

#include <algorithm>

#include "common/faces.h"
#include "common/npy.h"
#include "common/speech.h"

namespace fs = std::filesystem;

namespace tarsier::apps {
namespace {

using infer::Model;
using infer::TensorInfo;
using Values = std::vector<float>;

bool is_picture_input(const Shape& shape) {
    return shape.rank() == 4 && shape[0] == 1 && shape[1] == 3;
}

bool is_sound_input(const Shape& shape) {
    return shape.rank() == 4 && shape[0] == 1 && shape[1] == kernels::Mfcc::kCoefficients &&
           shape[2] == 1;
}

Error wrong_kind(const fs::path& file, const TensorInfo& input) {
    return make_error(
        Code::BadData,
        fmt::format("{}: does not fit input '{}' ({})", file.string(), input.name,
                    input.shape.to_string()),
        is_picture_input(input.shape) ? "it takes pictures, and .npy files of that shape"
        : is_sound_input(input.shape) ? "it takes 16 kHz sound, and .npy files of that shape"
                                      : "it takes .npy files of that shape");
}

/// One sample around the speech, or all of the sound where the model remembers.
std::vector<Values> sound_values(std::span<const float> sound, const Shape& shape, bool states) {
    const int frames = static_cast<int>(shape[3]);
    if (!states) return {mfcc(around_speech(sound, samples_of_frames(frames)), frames)};
    std::vector<Values> out;
    const auto hop = static_cast<std::size_t>(frames * kernels::Mfcc::kHop);
    for (std::size_t at = 0; at + samples_of_frames(frames) <= sound.size(); at += hop)
        out.push_back(mfcc(sound.subspan(at, samples_of_frames(frames)), frames));
    return out;
}

/// What a file holds, once or several times the values of an input.
Result<std::vector<Values>> read_values(const fs::path& file, const TensorInfo& input,
                                        bool states) {
    if (file.extension() == ".npy") {
        TARSIER_TRY(NpyArray array, read_npy(file));
        const auto dims = input.shape.dims();
        if (array.shape != std::vector<std::int64_t>(dims.begin(), dims.end())) {
            Error error = wrong_kind(file, input);
            error.message += ", it has the shape " + array.shape_text();
            return error;
        }
        return std::vector<Values>{std::move(array.values)};
    }
    const nodes::MediaKind kind = nodes::media_kind(file);
    if (kind == nodes::MediaKind::Picture && is_picture_input(input.shape)) {
        TARSIER_TRY(const Image picture, nodes::read_picture_file(file));
        TARSIER_TRY(Values values, picture_values(picture, input.shape));
        return std::vector<Values>{std::move(values)};
    }
    if (kind == nodes::MediaKind::Sound && is_sound_input(input.shape)) {
        TARSIER_TRY(const Audio sound, nodes::read_sound_file(file, kernels::Mfcc::kSampleRate));
        return sound_values(sound.samples, input.shape, states);
    }
    return wrong_kind(file, input);
}

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

/// All files below a folder, sorted; of hidden ones and texts beside the data none.
Result<std::vector<fs::path>> files_below(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        if (hidden(it->path())) {
            it.disable_recursion_pending();
        } else if (it->is_regular_file()) {
            const std::string extension = it->path().extension().string();
            if (extension != ".csv" && extension != ".json" && extension != ".md" &&
                extension != ".txt")
                files.push_back(it->path());
        }
    }
    if (error)
        return {error == std::errc::permission_denied ? Code::Permission : Code::NotFound,
                fmt::format("{}: {}", folder.string(), error.message()),
                "a folder of samples is needed: pictures, sound or .npy files"};
    std::sort(files.begin(), files.end());
    if (!files.empty()) return files;
    return {Code::NotFound, fmt::format("{}: there is no file in it", folder.string()),
            "a folder of samples is needed: pictures, sound or .npy files"};
}

/// At most `most` indices of `count`: evenly among all, or the first ones.
std::vector<std::size_t> chosen(std::size_t count, std::size_t most, bool first) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < std::min(count, most); ++i)
        out.push_back(first || count <= most ? i : i * count / most);
    return out;
}

Result<Samples> read_crops(const Model& model, const fs::path& folder,
                           const SampleOptions& options) {
    TARSIER_TRY(const std::vector<Face> faces, read_faces(folder));
    const std::size_t input = free_inputs(model).front();
    const Shape& shape = model.inputs()[input].shape;
    if (!is_picture_input(shape) || shape[2] != shape[3])
        return wrong_kind(folder / "landmarks68.csv", model.inputs()[input]);
    Samples samples;
    const auto indices = chosen(faces.size(), options.most, false);
    for (const std::size_t i : indices) {
        if (options.progress)
            options.progress(static_cast<double>(i) / static_cast<double>(faces.size()));
        auto picture = nodes::read_picture_file(faces[i].picture);
        if (!picture) {
            samples.refused.push_back(std::move(picture.error()));
            continue;
        }
        Sample sample(model.inputs().size());
        sample[input] = cut(*picture, crop_around(faces[i].points), static_cast<int>(shape[3]));
        samples.list.push_back(std::move(sample));
    }
    return samples;
}

/// The files of each free input.
Result<std::vector<std::vector<fs::path>>> files_of_inputs(const Model& model,
                                                           const fs::path& folder) {
    std::vector<std::vector<fs::path>> out;
    const std::vector<std::size_t> inputs = free_inputs(model);
    for (const std::size_t input : inputs) {
        const std::string& name = model.inputs()[input].name;
        fs::path place = inputs.size() > 1 ? folder / name : folder;
        if (inputs.size() == 1 && fs::is_directory(folder / "image")) place = folder / "image";
        auto files = files_below(place);
        if (!files && inputs.size() > 1)
            files.error().hint =
                fmt::format("the model has {} inputs: a folder for each, of its name, is needed",
                            inputs.size());
        if (!files) return std::move(files.error());
        out.push_back(std::move(*files));
        if (out.back().size() != out.front().size())
            return {Code::BadData,
                    fmt::format("{}: holds {} files, '{}' {}", place.string(), out.back().size(),
                                model.inputs()[inputs[0]].name, out.front().size()),
                    "each sample needs a file in every folder"};
    }
    return out;
}

/// Adds the samples of one file for each free input.
Status add_files(const Model& model, const std::vector<std::vector<fs::path>>& files,
                 std::size_t at, Samples& samples) {
    const std::vector<std::size_t> inputs = free_inputs(model);
    std::vector<Sample> found;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const TensorInfo& input = model.inputs()[inputs[k]];
        TARSIER_TRY(std::vector<Values> values,
                    read_values(files[k][at], input, !model.states().empty()));
        if (k == 0) found.assign(values.size(), Sample(model.inputs().size()));
        for (std::size_t i = 0; i < std::min(values.size(), found.size()); ++i)
            found[i][inputs[k]] = std::move(values[i]);
    }
    for (Sample& sample : found) samples.list.push_back(std::move(sample));
    return Ok{};
}

}  // namespace

std::vector<std::size_t> free_inputs(const Model& model) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < model.inputs().size(); ++i) {
        const auto& states = model.states();
        if (std::none_of(states.begin(), states.end(), [&](const infer::StateInfo& state) {
                return state.input == static_cast<int>(i);
            }))
            out.push_back(i);
    }
    return out;
}

Result<std::vector<float>> picture_values(const Image& picture, const Shape& shape) {
    const auto pixels = static_cast<std::size_t>(shape[2] * shape[3]);
    std::vector<float> interleaved(3 * pixels);
    kernels::ModelInput input(static_cast<int>(shape[3]), static_cast<int>(shape[2]));
    TARSIER_CHECK(input.write(picture, interleaved.data()));
    std::vector<float> planes(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t c = 0; c < 3; ++c) planes[c * pixels + i] = interleaved[i * 3 + c];
    return planes;
}

Result<Samples> read_samples(const Model& model, const fs::path& folder,
                             const SampleOptions& options) {
    if (holds_faces(folder)) return read_crops(model, folder, options);
    TARSIER_TRY(const auto files, files_of_inputs(model, folder));
    if (files.empty()) return {Code::Unsupported, "the model has no input to calibrate with"};
    Samples samples;
    const std::size_t count = files.front().size();
    for (const std::size_t i : chosen(count, options.most, !model.states().empty())) {
        if (options.progress) options.progress(static_cast<double>(i) / static_cast<double>(count));
        if (auto added = add_files(model, files, i, samples); !added)
            samples.refused.push_back(std::move(added.error()));
        if (samples.list.size() >= options.most) break;
    }
    if (samples.list.size() > options.most) samples.list.resize(options.most);
    if (!samples.list.empty()) return samples;
    Error error = samples.refused.empty()
                      ? make_error(Code::BadData, folder.string() + ": holds no whole sample")
                      : samples.refused.front();
    if (samples.refused.size() > 1)
        error.message += fmt::format(" (and {} more files)", samples.refused.size() - 1);
    return error;
}

}  // namespace tarsier::apps
