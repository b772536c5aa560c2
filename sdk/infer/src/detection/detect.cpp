// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/detection.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarsier::infer {
namespace {

constexpr std::array<float, 4> kUnscaled = {1, 1, 1, 1};
constexpr std::array<float, 4> kRegionScales = {0.1F, 0.1F, 0.2F, 0.2F};

/// The best `most` of the anchors, best first; those with the same score in their order.
std::vector<int> best(std::span<const float> scores, int most) {
    std::vector<int> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    const auto better = [&](int a, int b) {
        const float x = scores[static_cast<std::size_t>(a)];
        const float y = scores[static_cast<std::size_t>(b)];
        return x > y || (x == y && a < b);
    };
    const auto count = std::min<std::ptrdiff_t>(most, static_cast<std::ptrdiff_t>(order.size()));
    std::partial_sort(order.begin(), order.begin() + count, order.end(), better);
    order.resize(static_cast<std::size_t>(count));
    return order;
}

/// Softmax over the logits of one proposal.
std::vector<float> probabilities(std::span<const float> logits) {
    std::vector<float> out(logits.begin(), logits.end());
    const float largest = *std::max_element(out.begin(), out.end());
    float sum = 0;
    for (float& x : out) sum += x = std::exp(x - largest);
    for (float& x : out) x /= sum;
    return out;
}

}  // namespace

Proposals propose(std::span<const Box> anchors, std::span<const float> logits,
                  std::span<const float> deltas, const ProposalOptions& options) {
    std::vector<float> scores;
    for (const float logit : logits) {
        const float score = 1 / (1 + std::exp(-logit));
        scores.push_back(score > 0 ? score : 0);  // 0 also where it is no number
    }
    Proposals candidates;
    for (const int i : best(scores, options.candidates)) {
        const auto at = static_cast<std::size_t>(i);
        const Box box = decode_box(anchors[at], std::span<const float, 4>(&deltas[4 * at], 4),
                                   kUnscaled, options.width, options.height);
        if (!(box.width() > 0 && box.height() > 0)) continue;
        candidates.boxes.push_back(box);
        candidates.scores.push_back(scores[at]);
    }
    Proposals out;
    for (const int i :
         suppress(candidates.boxes, candidates.scores, options.overlap, options.proposals)) {
        out.boxes.push_back(candidates.boxes[static_cast<std::size_t>(i)]);
        out.scores.push_back(candidates.scores[static_cast<std::size_t>(i)]);
    }
    return out;
}

std::vector<Detection> detect(std::span<const Box> proposals, std::span<const float> logits,
                              int labels, std::span<const float> deltas,
                              const DetectionOptions& options) {
    const auto stride = static_cast<std::size_t>(labels);
    std::vector<Box> boxes;
    std::vector<float> scores;
    for (std::size_t i = 0; i < proposals.size(); ++i) {
        boxes.push_back(decode_box(proposals[i], std::span<const float, 4>(&deltas[4 * i], 4),
                                   kRegionScales, options.width, options.height));
        const std::vector<float> row = probabilities(logits.subspan(i * stride, stride));
        scores.insert(scores.end(), row.begin(), row.end());
    }
    std::vector<Detection> out;
    for (std::size_t label = 1; label < stride; ++label) {
        std::vector<int> regions;
        std::vector<Box> of_label;
        std::vector<float> of_label_scores;
        for (std::size_t i = 0; i < proposals.size(); ++i) {
            const float score = scores[i * stride + label];
            if (!(score > options.least_score)) continue;
            regions.push_back(static_cast<int>(i));
            of_label.push_back(boxes[i]);
            of_label_scores.push_back(score);
        }
        std::vector<Scored> kept;
        if (options.soft)
            kept = suppress_softly(of_label, of_label_scores);
        else
            for (const int i : suppress(of_label, of_label_scores, options.overlap,
                                        static_cast<int>(regions.size())))
                kept.push_back({i, of_label_scores[static_cast<std::size_t>(i)]});
        for (const Scored& k : kept) {
            const auto at = static_cast<std::size_t>(k.index);
            out.push_back({static_cast<int>(label), regions[at], of_label[at], k.score});
        }
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Detection& a, const Detection& b) { return a.score > b.score; });
    out.resize(std::min(out.size(), static_cast<std::size_t>(options.detections)));
    return out;
}

}  // namespace tarsier::infer
