// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <tarsier/infer/quantize.h>

#include <algorithm>
#include <cmath>

#include "draft.h"
#include "format/half.h"
#include "format/packing.h"
#include "format/writer.h"

namespace tarsier::infer {
namespace {

using quantize::ConstantStore;
using quantize::convolves;

int store_halves(Net& net, const NetConstant& weights, ConstantStore& store) {
    std::vector<std::uint16_t> halves;
    for (std::uint64_t i = 0; i < weights.count; ++i)
        halves.push_back(float_to_half(weights.floats()[i]));
    return store.add(net, halves, ElementType::F16);
}

/// Bytes and the scale of each channel, which value i finds by its block and its place in a panel.
int store_bytes(Net& net, const NetConstant& weights, std::uint64_t channels, std::uint64_t block,
                ConstantStore& store) {
    constexpr std::uint64_t kPanel = kernels::kPanel;
    const std::uint64_t panels = channels / kPanel;
    const auto channel = [&](std::uint64_t i) { return i / block % panels * kPanel + i % kPanel; };
    std::vector<float> scales(channels);
    for (std::uint64_t i = 0; i < weights.count; ++i)
        scales[channel(i)] = std::max(scales[channel(i)], std::abs(weights.floats()[i]) / 127);
    std::vector<std::int8_t> bytes;
    for (std::uint64_t i = 0; i < weights.count; ++i) {
        const float scale = scales[channel(i)];
        bytes.push_back(
            static_cast<std::int8_t>(scale > 0 ? std::nearbyint(weights.floats()[i] / scale) : 0));
    }
    const int at = store.add(net, bytes, ElementType::I8);
    const int scales_at = store.add(net, scales, ElementType::F32);
    net.constants[static_cast<std::size_t>(at)].scales = scales_at;
    net.constants[static_cast<std::size_t>(at)].block = block;
    return at;
}

/// Drops the constants that no step reads.
void prune(Net& net) {
    std::vector<NetConstant> kept;
    std::vector<int> moved(net.constants.size(), -1);
    const auto keep = [&](int i) {
        int& at = moved[static_cast<std::size_t>(i)];
        if (at >= 0) return at;
        kept.push_back(net.constants[static_cast<std::size_t>(i)]);
        return at = static_cast<int>(kept.size()) - 1;
    };
    for (NetStep& step : net.steps)
        for (int& constant : step.constants) {
            const int scales = net.constants[static_cast<std::size_t>(constant)].scales;
            constant = keep(constant);
            if (scales >= 0) kept[static_cast<std::size_t>(constant)].scales = keep(scales);
        }
    net.constants = std::move(kept);
}

}  // namespace

Result<std::size_t> store_small(const std::shared_ptr<const Model>& model, Storage storage,
                                const std::filesystem::path& file, const std::string& name) {
    const auto net_model = std::dynamic_pointer_cast<const NetModel>(model);
    if (!net_model) return {Code::Invalid, "a model from Model::load or Model::find is needed"};
    Net net = net_model->net();
    net.name = name.empty() ? file.stem().string() : name;
    ConstantStore store;
    int layers = 0;
    for (NetStep& step : net.steps) {
        if (!convolves(step)) continue;
        ++layers;
        const NetConstant weights = net.constants[static_cast<std::size_t>(step.constants[0])];
        const auto channels = static_cast<std::uint64_t>(
            padded_channels(net.tensors[static_cast<std::size_t>(step.output)].channels));
        // Depthwise weights are rows of all channels, others whole panels one after the other.
        const std::uint64_t block =
            step.op == "depthwise" ? kernels::kPanel : weights.count / (channels / kernels::kPanel);
        step.constants[0] = storage == Storage::Float16
                                ? store_halves(net, weights, store)
                                : store_bytes(net, weights, channels, block, store);
    }
    if (layers == 0)
        return {Code::Unsupported,
                fmt::format("model '{}' has no layer of float weights", model->name())};
    prune(net);
    TARSIER_CHECK(write_tsr(net, file));
    std::error_code ignored;
    return std::filesystem::file_size(file, ignored);
}

}  // namespace tarsier::infer
