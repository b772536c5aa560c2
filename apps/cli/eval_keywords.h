// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/eval.h"

namespace tarsier::cli {

/// A recording of a word, and the word's place among a model's labels.
struct WordClip {
    std::filesystem::path file;
    std::size_t label = 0;
};

/// Words in running sound: a window slides over whole clips and over all files below
/// options.negatives, which hold none of the words. The first part has the numbers for
/// options.threshold, "0.50" and so on those for other thresholds: share of clips in which the word
/// was missed, share in which another word was heard louder, false alarms per hour of negatives
/// with the ends of their 95 % interval (Poisson). Labels __null__, silence and unknown are no
/// words. Fails like eval_keywords().
Result<std::vector<Measures>> eval_stream(infer::Session& session,
                                          const std::vector<std::string>& labels,
                                          const std::vector<WordClip>& clips,
                                          const EvalOptions& options);

}  // namespace tarsier::cli
