// SPDX-License-Identifier: Apache-2.0
// training_inputs keywords SOUND OUT.npy | landmarks FOLDER OUT.npy | matting PICTURE OUT.npy:
// what a network of the task is given for a file, as `tarsier eval` and the nodes compute it.
#include <tarsier/kernels/audio.h>
#include <tarsier/nodes/media_file.h>

#include <cstdio>
#include <span>
#include <string>

#include "common/faces.h"
#include "common/npy.h"
#include "common/report.h"
#include "common/samples.h"
#include "common/speech.h"

namespace tarsier {
namespace {

constexpr int kFrames = 98;
constexpr int kFace = 112;
constexpr int kPicture = 128;

Result<apps::NpyArray> keywords(const std::string& file) {
    TARSIER_TRY(const Audio sound, nodes::read_sound_file(file, kernels::Mfcc::kSampleRate));
    const auto window = apps::around_speech(sound.samples, kernels::Mfcc::kSampleRate);
    return apps::NpyArray{{1, kernels::Mfcc::kCoefficients, 1, kFrames},
                          apps::mfcc(window, kFrames)};
}

Result<apps::NpyArray> landmarks(const std::string& folder) {
    TARSIER_TRY(const auto faces, apps::read_faces(folder));
    TARSIER_TRY(const Image picture, nodes::read_picture_file(faces.front().picture));
    return apps::NpyArray{{1, 3, kFace, kFace},
                          apps::cut(picture, apps::crop_around(faces.front().points), kFace)};
}

Result<apps::NpyArray> matting(const std::string& file) {
    TARSIER_TRY(const Image picture, nodes::read_picture_file(file));
    TARSIER_TRY(auto values, apps::picture_values(picture, Shape{1, 3, kPicture, kPicture}));
    return apps::NpyArray{{1, 3, kPicture, kPicture}, std::move(values)};
}

Status run(std::span<char*> arguments) {
    const std::string task = arguments.size() == 4 ? arguments[1] : "";
    if (task != "keywords" && task != "landmarks" && task != "matting")
        return {Code::Usage, "expected a task, a file and the array to write"};
    const auto read = task == "keywords" ? keywords : task == "landmarks" ? landmarks : matting;
    TARSIER_TRY(const apps::NpyArray array, read(arguments[2]));
    return apps::write_npy(arguments[3], array);
}

}  // namespace
}  // namespace tarsier

int main(int argc, char** argv) {
    const tarsier::Status status = tarsier::run({argv, static_cast<std::size_t>(argc)});
    return status ? 0 : tarsier::apps::report(status.error());
}
