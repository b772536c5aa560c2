// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/infer/quantize.h>
#include <tarsier/media/image.h>

namespace tarsier::apps {

using infer::Sample;

/// Samples that were read, and why files were left out.
struct Samples {
    std::vector<Sample> list;
    std::vector<Error> refused;
};

struct SampleOptions {
    std::size_t most = 128;
    std::function<void(double)> progress = {};  ///< share of the files that are read, 0..1
};

/// Samples for a model out of a folder, searched with its subfolders in the order of names: .npy
/// files of the input's shape, pictures (for inputs 1x3xHxW, squeezed to their size, RGB in 0..1,
/// by kernels::ModelInput), sound (for inputs 1x40x1xT, MFCC by kernels::Mfcc around the loudest
/// speech; all of it, one sample after the other, for models with states). A folder with
/// landmarks68.csv gives crops of its faces, one with image/ only what is in there. Models with
/// several inputs that are no states find them in subfolders of the inputs' names, the files of one
/// sample in the same place of the order. Of more files than `most` those are taken that lie evenly
/// between the first and the last; for models with states the first ones.
/// Fails with NotFound for an absent or empty folder, with BadData when nothing in it can be read
/// and for .npy files of another shape.
Result<Samples> read_samples(const infer::Model& model, const std::filesystem::path& folder,
                             const SampleOptions& options = {});

/// The same from a graph file: what reaches its sinks, until it ends or there is enough. Pictures,
/// sound and tensors become samples as above.
Result<Samples> run_for_samples(const infer::Model& model, const std::filesystem::path& graph,
                                const SampleOptions& options = {});

/// A picture as an input of `shape` (1x3xHxW), [channel][row][column].
Result<std::vector<float>> picture_values(const Image& picture, const Shape& shape);

/// The inputs that are no states, by their numbers.
std::vector<std::size_t> free_inputs(const infer::Model& model);

}  // namespace tarsier::apps
