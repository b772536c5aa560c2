// SPDX-License-Identifier: Apache-2.0
#include "correct_bias.h"

#include <algorithm>

#include "integer_net.h"

namespace tarsier::infer::quantize {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// The mean of each channel that a step reads; empty where its input is memory in another shape.
std::vector<double> input_means(const Net& net, const NetStep& step,
                                const Calibration& calibration) {
    std::vector<double> means;
    for (const int i : step.inputs) {
        const NetTensor& tensor = net.tensors[index(i)];
        if (tensor.root >= 0 && !net.is_slice(i)) return {};
        const std::vector<double>& all = calibration.means[index(net.root(i))];
        const auto first = all.begin() + tensor.first_channel;
        means.insert(means.end(), first, first + tensor.channels);
    }
    return means;
}

/// The share of outputs along an axis for which tap i of the window lies within the input.
double inside(int i, int outputs, int inputs, int stride, int dilation, int pad) {
    int count = 0;
    for (int output = 0; output < outputs; ++output) {
        const int at = output * stride - pad + i * dilation;
        count += at >= 0 && at < inputs ? 1 : 0;
    }
    return static_cast<double>(count) / outputs;
}

/// The share of outputs for which each tap reads a value, not padding.
std::vector<double> tap_shares(const Net& net, const NetStep& step) {
    const NetTensor& in = net.tensors[index(step.inputs[0])];
    const NetTensor& out = net.tensors[index(step.output)];
    std::vector<double> shares;
    for (int y = 0; y < step.integer("kernel_h", 1); ++y)
        for (int x = 0; x < step.integer("kernel_w", 1); ++x)
            shares.push_back(inside(y, out.height, in.height, step.integer("stride_h", 1),
                                    step.integer("dilation_h", 1), step.integer("pad_top", 0)) *
                             inside(x, out.width, in.width, step.integer("stride_w", 1),
                                    step.integer("dilation_w", 1), step.integer("pad_left", 0)));
    return shares;
}

}  // namespace

int correct_bias(Draft& draft, const std::vector<Levels>& levels, const Calibration& calibration,
                 const std::set<int>& floats) {
    int corrected = 0;
    for (auto& [i, w] : draft.weights) {
        const NetStep& step = draft.net.steps[index(i)];
        const std::vector<double> means = input_means(draft.net, step, calibration);
        if (floats.count(i) > 0 || means.empty()) continue;
        const std::vector<float> rounded = rounded_weights(leveled(draft, i, levels));
        const std::vector<double> shares = tap_shares(draft.net, step);
        std::size_t at = 0;
        for (int output = 0; output < w.outputs; ++output) {
            double moved = 0;
            for (int input = 0; input < w.inputs; ++input) {
                const double mean = means[index(w.depthwise ? output : input)];
                for (const double share : shares) {
                    moved += (rounded[at] - w.values[at]) * mean * share;
                    ++at;
                }
            }
            w.bias[index(output)] -= static_cast<float>(moved);
        }
        ++corrected;
    }
    return corrected;
}

}  // namespace tarsier::infer::quantize
