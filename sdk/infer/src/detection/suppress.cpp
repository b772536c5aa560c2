// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/detection.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarsier::infer {

std::vector<int> suppress(std::span<const Box> boxes, std::span<const float> scores, float limit,
                          int most) {
    std::vector<int> order(boxes.size());
    std::iota(order.begin(), order.end(), 0);
    const auto score = [&](int i) { return scores[static_cast<std::size_t>(i)]; };
    const auto box = [&](int i) -> const Box& { return boxes[static_cast<std::size_t>(i)]; };
    std::erase_if(order, [&](int i) { return std::isnan(score(i)); });
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return score(a) > score(b); });
    std::vector<int> kept;
    for (const int i : order) {
        if (static_cast<int>(kept.size()) >= most) break;
        if (std::all_of(kept.begin(), kept.end(),
                        [&](int better) { return overlap(box(better), box(i)) <= limit; }))
            kept.push_back(i);
    }
    return kept;
}

std::vector<Scored> suppress_softly(std::span<const Box> boxes, std::span<const float> scores,
                                    SoftNms method, float least) {
    constexpr float kOverlap = 0.5F;
    constexpr float kSigma = 0.5F;
    std::vector<Scored> rest;
    for (std::size_t i = 0; i < boxes.size(); ++i)
        if (scores[i] >= least) rest.push_back({static_cast<int>(i), scores[i]});
    std::vector<Scored> out;
    while (!rest.empty()) {
        const auto best =
            std::max_element(rest.begin(), rest.end(),
                             [](const Scored& a, const Scored& b) { return a.score < b.score; });
        const Scored taken = *best;
        out.push_back(taken);
        rest.erase(best);
        for (Scored& other : rest) {
            const float shared = overlap(boxes[static_cast<std::size_t>(taken.index)],
                                         boxes[static_cast<std::size_t>(other.index)]);
            if (method == SoftNms::Gaussian)
                other.score *= std::exp(-shared * shared / kSigma);
            else if (shared > kOverlap)
                other.score *= 1 - shared;
        }
        std::erase_if(rest, [&](const Scored& other) { return !(other.score >= least); });
    }
    return out;
}

}  // namespace tarsier::infer
