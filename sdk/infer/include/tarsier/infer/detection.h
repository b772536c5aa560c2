// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

namespace tarsier::infer {

// What a two-stage detector computes between and behind its networks: anchors, proposals, pooled
// regions, boxes, non-maximum suppression. Maps are as Session::output gives them, channels last.
// Numbers that are not finite give boxes somewhere in the picture, never anything worse. All
// functions are thread-safe.

/// A rectangle in pixels of the network's input, its right and lower side not part of it.
struct Box {
    float left = 0, top = 0, right = 0, bottom = 0;

    float width() const { return right - left; }
    float height() const { return bottom - top; }
};

/// Shared area over joint area, 0..1.
float overlap(const Box& a, const Box& b);

/// A box moved and scaled: deltas are the shift of the centre in parts of its sides and the
/// logarithms of the factors of its sides, each first multiplied by its scale. Clipped to
/// [0, width] x [0, height].
Box decode_box(const Box& box, std::span<const float, 4> deltas, const std::array<float, 4>& scales,
               float width, float height);

/// The anchors of a map of rows x columns cells, `stride` pixels apart: 25 for each cell, centred
/// on its corner, five ratios (height to width 1/2, 3/4, 1, 4/3, 2) with five sizes each (32 to 512
/// pixels). In the order rows, columns, ratios, sizes.
std::vector<Box> anchor_boxes(int rows, int columns, float stride = 16);

/// The boxes to keep, best first, at most `most`: none overlaps a better one by more than `limit`.
std::vector<int> suppress(std::span<const Box> boxes, std::span<const float> scores, float limit,
                          int most);

struct Scored {
    int index = 0;
    float score = 0;
};

enum class SoftNms { Linear, Gaussian };

/// Soft suppression: boxes in the order in which they are the best of the remaining, with their
/// scores at that moment. Each one taken lowers the scores of those that overlap it: linear, by
/// (1 - overlap) where that exceeds 0.5; Gaussian, by exp(-overlap^2 / 0.5). Stops below `least`.
std::vector<Scored> suppress_softly(std::span<const Box> boxes, std::span<const float> scores,
                                    SoftNms method = SoftNms::Linear, float least = 1e-3F);

struct ProposalOptions {
    int candidates = 2000;  ///< best anchors that are looked at
    float overlap = 0.7F;   ///< at most, between two proposals
    int proposals = 100;    ///< at most
    float width = 320;      ///< of the network's input
    float height = 320;
};

struct Proposals {
    std::vector<Box> boxes;
    std::vector<float> scores;
};

/// Where objects may be, best first. `logits` has one number per anchor, `deltas` four.
Proposals propose(std::span<const Box> anchors, std::span<const float> logits,
                  std::span<const float> deltas, const ProposalOptions& options = {});

/// The value of a bin among its samples.
enum class Pooling { Max, Mean };

/// Sides of the grid of bins that a region is divided into, and maps that each bin has.
inline constexpr int kBins = 7;
inline constexpr int kMaps = 5;
/// Channels of a map that is pooled, and values of each pooled region.
inline constexpr int kPooled = kMaps * kBins * kBins;

/// Position-sensitive pooling of regions: bin (i, j) of map m reads channel (m * 7 + i) * 7 + j at
/// 2x2 samples, interpolated, zero outside. `features` is rows x columns x 245, a cell `stride`
/// pixels wide. Writes 245 values for each box, [map][row][column].
void pool_regions(std::span<const float> features, int rows, int columns,
                  std::span<const Box> boxes, Pooling pooling, std::span<float> pooled,
                  float stride = 16);

struct Detection {
    int label = 0;   ///< 1.. , 0 is the background
    int region = 0;  ///< the proposal that it comes from
    Box box;
    float score = 0;
};

struct DetectionOptions {
    float least_score = 0.05F;
    bool soft = true;      ///< soft suppression, else hard
    float overlap = 0.5F;  ///< at most, where suppression is hard
    int detections = 100;  ///< at most
    float width = 320;     ///< of the network's input
    float height = 320;
};

/// Objects, best first: softmax over the `labels` logits of each proposal, its box corrected by its
/// four deltas, suppression in each label but the background.
std::vector<Detection> detect(std::span<const Box> proposals, std::span<const float> logits,
                              int labels, std::span<const float> deltas,
                              const DetectionOptions& options = {});

}  // namespace tarsier::infer
