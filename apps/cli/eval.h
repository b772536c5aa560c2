// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <tarsier/infer/session.h>

#include "common/faces.h"

namespace tarsier::cli {

/// Measures of one part of a data set ("all", a group of faces, a word), by name.
struct Measures {
    std::string part;
    std::size_t count = 0;
    std::vector<std::pair<std::string, double>> values;
};

/// A line of a plot.
struct Curve {
    std::string title, x, y;
    std::vector<std::pair<double, double>> points = {};
};

/// One file of a data set, and what the model made of it.
struct Example {
    double error = 0;  ///< the larger the worse
    std::string text;
    std::filesystem::path file;
    std::vector<apps::Point> found = {}, truth = {};  ///< points in the picture
    apps::Crop view = {};                             ///< the part of it that is worth a look
    std::vector<float> alpha = {};                    ///< a matte, rows of `width` values 0..1
    int width = 0;
};

/// All that a model's evaluation says. Curves and parts are the same ones, in the same order, for
/// every model of a task on a data set.
struct Findings {
    std::vector<Measures> parts = {};  ///< "all" first
    std::vector<Curve> curves = {};
    std::vector<Example> worst = {};  ///< the worst one first
    std::vector<std::string> labels = {};
    std::vector<std::vector<int>> confusion = {};  ///< [label][what the model said]
};

/// Adds an example unless there are a dozen worse ones.
void keep_worst(Findings& findings, Example example);

struct EvalOptions {
    std::map<std::string, apps::Point> offsets = {};    ///< of annotations, by group of faces
    std::vector<std::filesystem::path> negatives = {};  ///< folders of sound without any keyword
    double threshold = 0.8;                             ///< of a keyword's probability in a stream
    std::function<void(double)> progress = {};          ///< share that is done, 0..1
};

// One function per task: measures a model on a folder, "all" first. They fail with NotFound or
// BadData for what cannot be read, and with Unsupported for models of another kind.

/// FOLDER/image/NAME.* and FOLDER/mask/NAME.*: intersection over union of the person and the mean
/// of both classes' (threshold 0.5), mean absolute difference, mean norm of the difference of the
/// gradients (Gaussian, sigma 1.4, 9x9); at the model's size, means over pictures.
Result<Findings> eval_matting(infer::Session& session, const std::filesystem::path& folder,
                              const EvalOptions& options);

/// apps::read_faces(): mean error in percent of the distance of the outer eye corners (NME), its
/// median, share of faces above 10 % (fr10), area under the curve up to 10 %. Parts are groups of
/// faces.
Result<Findings> eval_landmarks(infer::Session& session, const std::filesystem::path& folder,
                                const EvalOptions& options);

/// FOLDER/WORD/*: accuracy in percent, one second around the speech of each file. Parts are words.
/// With options.negatives also what eval_stream() says, for options.threshold in "all".
Result<Findings> eval_keywords(infer::Session& session, const std::filesystem::path& folder,
                               const EvalOptions& options);

}  // namespace tarsier::cli
