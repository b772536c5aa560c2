// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <algorithm>
#include <cmath>

namespace tarsier::infer::quantize {
namespace {

constexpr double kMostDb = 200;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// The values of a tensor among those of the one that owns its memory.
struct Part {
    std::size_t stride, first, channels;
};

Part part_of(const Net& net, int i) {
    const NetTensor& tensor = net.tensors[index(i)];
    if (!net.is_slice(i)) return {1, 0, 1};
    return {index(net.tensors[index(tensor.root)].channels), index(tensor.first_channel),
            index(tensor.channels)};
}

void add(std::span<const float> expected, std::span<const float> actual, const Part& part,
         const Levels& levels, Noise& noise) {
    const double low = levels.value(0) - levels.scale / 2.0;
    const double high = levels.value(255) + levels.scale / 2.0;
    for (std::size_t pixel = part.first; pixel < expected.size(); pixel += part.stride) {
        for (std::size_t at = pixel; at < pixel + part.channels; ++at) {
            const double x = expected[at];
            const double difference = actual[at] - x;
            noise.signal += x * x;
            noise.noise += difference * difference;
            if (x < low || x > high) ++noise.clipped;
            ++noise.count;
        }
    }
}

}  // namespace

double Noise::db() const {
    if (noise <= 0) return kMostDb;
    if (signal <= 0) return 0;
    return std::min(10 * std::log10(signal / noise), kMostDb);
}

double Comparison::worst() const {
    double least = kMostDb;
    for (const Noise& output : outputs) least = std::min(least, output.db());
    return least;
}

Result<Comparison> compare(const std::shared_ptr<const NetModel>& reference,
                           const IntegerNet& integer, std::span<const Sample> samples, bool steps) {
    const Net& net = reference->net();
    TARSIER_TRY(Observer expected, Observer::create(reference));
    TARSIER_TRY(Observer actual, Observer::create(integer.model));
    Comparison out;
    out.steps.resize(steps ? net.steps.size() : 0);
    out.outputs.resize(net.outputs.size());
    const auto add_tensor = [&](int tensor, Noise& noise) {
        const int root = net.root(tensor);
        add(expected.values(root), actual.values(integer.twins[index(root)]), part_of(net, tensor),
            integer.levels[index(tensor)], noise);
    };
    for (const Sample& sample : samples) {
        TARSIER_CHECK(expected.run(sample));
        TARSIER_CHECK(actual.run(sample));
        for (std::size_t i = 0; i < out.steps.size(); ++i)
            add_tensor(net.steps[i].output, out.steps[i]);
        for (std::size_t i = 0; i < out.outputs.size(); ++i)
            add_tensor(net.outputs[i].tensor, out.outputs[i]);
    }
    return out;
}

}  // namespace tarsier::infer::quantize
