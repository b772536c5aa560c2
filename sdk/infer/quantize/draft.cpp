// SPDX-License-Identifier: Apache-2.0
#include "draft.h"

#include "format/packing.h"

namespace tarsier::infer::quantize {
namespace {

using kernels::kPanel;

std::size_t padded(int channels) { return static_cast<std::size_t>(padded_channels(channels)); }

/// Where a weight lies in the packing of docs/model-format.md.
std::size_t packed_at(const Weights& w, int output, int tap, int input) {
    if (w.depthwise) return static_cast<std::size_t>(tap) * padded(w.outputs) + output;
    return ((static_cast<std::size_t>(output / kPanel) * w.taps + tap) * w.inputs + input) *
               kPanel +
           output % kPanel;
}

template <class Visit>
void for_each_weight(const Weights& w, const Visit& visit) {
    for (int output = 0; output < w.outputs; ++output)
        for (int tap = 0; tap < w.taps; ++tap)
            for (int input = 0; input < w.inputs; ++input) visit(output, tap, input);
}

Weights unpack(const Net& net, const NetStep& step) {
    const auto constant = [&](std::size_t i) {
        return net.constants[static_cast<std::size_t>(step.constants[i])].floats();
    };
    Weights w;
    w.depthwise = step.op == "depthwise";
    w.outputs = net.tensors[static_cast<std::size_t>(step.output)].channels;
    w.taps = step.integer("kernel_h", 1) * step.integer("kernel_w", 1);
    if (w.depthwise)
        w.inputs = 1;
    else
        for (const int i : step.inputs)
            w.inputs += net.tensors[static_cast<std::size_t>(i)].channels;
    w.values.resize(static_cast<std::size_t>(w.outputs) * w.taps * w.inputs);
    const float* packed = constant(0);
    for_each_weight(w, [&](int output, int tap, int input) {
        w.at(output, tap, input) = packed[packed_at(w, output, tap, input)];
    });
    w.bias.assign(constant(1), constant(1) + w.outputs);
    return w;
}

std::vector<float> pack(const Weights& w) {
    std::vector<float> packed(padded(w.outputs) * w.taps * w.inputs);
    for_each_weight(w, [&](int output, int tap, int input) {
        packed[packed_at(w, output, tap, input)] = w.at(output, tap, input);
    });
    return packed;
}

/// A model and what its constants lie in.
struct Kept {
    std::shared_ptr<const NetModel> origin;
    ConstantStore store;
};

}  // namespace

bool convolves(const NetStep& step) {
    return step.op == "conv" || step.op == "conv1x1" || step.op == "depthwise";
}

Draft::Draft(std::shared_ptr<const NetModel> model) : origin(std::move(model)), net(origin->net()) {
    for (std::size_t i = 0; i < net.steps.size(); ++i)
        if (convolves(net.steps[i])) weights[static_cast<int>(i)] = unpack(net, net.steps[i]);
}

std::shared_ptr<const NetModel> Draft::packed() const {
    auto kept = std::make_shared<Kept>();
    kept->origin = origin;
    Net out = net;
    for (const auto& [i, w] : weights) {
        std::vector<float> bias = w.bias;
        bias.resize(padded(w.outputs));
        NetStep& step = out.steps[static_cast<std::size_t>(i)];
        step.constants = {kept->store.add(out, pack(w), ElementType::F32),
                          kept->store.add(out, bias, ElementType::F32)};
    }
    return std::make_shared<const NetModel>(std::move(out), kept);
}

}  // namespace tarsier::infer::quantize
