// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <random>
#include <set>

#include "engine.h"
#include "onnx_proto.h"

namespace tarsier::peers {

Result<Network> read_network(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    onnx::ModelProto model;
    if (!in || !model.ParseFromIstream(&in)) return {Code::BadData, file.string() + ": no model"};
    Network network{file.stem().string(), file, {}, {}};
    std::set<std::string> constants;
    for (const auto& tensor : model.graph().initializer()) constants.insert(tensor.name());
    std::mt19937 engine(5);
    std::uniform_real_distribution<float> noise(0, 1);
    for (const auto& proto : model.graph().input()) {
        if (constants.count(proto.name()) != 0) continue;
        Input input{proto.name(), {}, {}};
        std::size_t elements = 1;
        for (const auto& dim : proto.type().tensor_type().shape().dim()) {
            input.dims.push_back(dim.dim_value() > 0 ? dim.dim_value() : 1);
            elements *= static_cast<std::size_t>(input.dims.back());
        }
        // States of the network begin with zeros, as ours do.
        bool state = false;
        for (const auto& output : model.graph().output())
            state = state || output.name() == input.name + "_out";
        input.values.resize(elements);
        if (!state)
            for (float& x : input.values) x = noise(engine);
        network.inputs.push_back(std::move(input));
    }
    for (const auto& proto : model.graph().output()) network.outputs.push_back(proto.name());
    return network;
}

}  // namespace tarsier::peers
