// SPDX-License-Identifier: Apache-2.0
#include "calibration.h"

#include <fmt/format.h>

#include <cmath>

#include "levels.h"
#include "observer.h"

namespace tarsier::infer::quantize {
namespace {

/// Calls visit(tensor, values) for every tensor with memory of its own after each run.
template <class Visit>
Status for_each_run(Observer& observer, const Net& net, std::span<const Sample> samples,
                    const Visit& visit) {
    observer.reset();
    for (const Sample& sample : samples) {
        TARSIER_CHECK(observer.run(sample));
        for (std::size_t i = 0; i < net.tensors.size(); ++i)
            if (net.tensors[i].root < 0) visit(i, observer.values(static_cast<int>(i)));
    }
    return Ok{};
}

void add_channels(std::span<const float> values, std::vector<double>& sums) {
    for (std::size_t at = 0; at < values.size(); at += sums.size())
        for (std::size_t c = 0; c < sums.size(); ++c) sums[c] += values[at + c];
}

}  // namespace

Result<Calibration> Calibration::measure(const std::shared_ptr<const NetModel>& model,
                                         std::span<const Sample> samples) {
    const Net& net = model->net();
    Calibration out;
    out.groups = shared_levels(net);
    TARSIER_TRY(Observer observer, Observer::create(model));
    std::vector<Range> ranges(net.tensors.size());
    for (const NetTensor& tensor : net.tensors)
        out.means.emplace_back(tensor.root < 0 ? tensor.channels : 0);
    const auto group = [&](std::size_t i) { return static_cast<std::size_t>(out.groups[i]); };
    TARSIER_CHECK(for_each_run(observer, net, samples, [&](std::size_t i, const auto& values) {
        ranges[group(i)].include(values);
        add_channels(values, out.means[i]);
    }));
    for (std::size_t i = 0; i < net.tensors.size(); ++i) {
        const double runs =
            static_cast<double>(samples.size()) * net.tensors[i].height * net.tensors[i].width;
        for (double& mean : out.means[i]) {
            mean /= runs;
            if (!std::isfinite(mean))
                return {Code::BadData,
                        fmt::format("'{}' holds values that are not finite", net.tensors[i].name),
                        "look at the samples, and at what the float model gives for them"};
        }
        out.histograms.emplace_back(ranges[i]);
    }
    TARSIER_CHECK(for_each_run(observer, net, samples, [&](std::size_t i, const auto& values) {
        out.histograms[group(i)].add(values);
    }));
    return out;
}

}  // namespace tarsier::infer::quantize
