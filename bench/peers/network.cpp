// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include "engine.h"
#include "onnx_file.h"
#include "onnx_proto.h"

namespace tarsier::peers {

double Network::macs() const {
    double sum = 0;
    for (const infer::convert::Node& node : graph->nodes) {
        if (!node.convolves()) continue;
        const infer::convert::Value& out = graph->values.at(node.output);
        sum += static_cast<double>(node.weights.size()) * out.height * out.width;
    }
    return sum;
}

bool Engine::can_load(const Network& network) const {
    if (from_graph || fp32_only) return network.precision == "fp32";
    return name == "tarsier" ? !network.tsr.empty() : !network.onnx.empty();
}

void fill_inputs(Network& network) {
    std::mt19937 engine(5);
    std::uniform_real_distribution<float> noise(0, 1);
    for (Input& input : network.inputs) {
        std::size_t elements = 1;
        for (const std::int64_t dim : input.dims) elements *= static_cast<std::size_t>(dim);
        input.values.resize(elements);
        const bool state =
            std::count(network.outputs.begin(), network.outputs.end(), input.name + "_out") != 0;
        if (!state)
            for (float& x : input.values) x = noise(engine);
    }
}

Result<Network> read_network(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    onnx::ModelProto model;
    if (!in || !model.ParseFromIstream(&in)) return {Code::BadData, file.string() + ": no model"};
    Network network;
    network.name = file.stem().string();
    network.onnx = file;
    TARSIER_TRY(infer::convert::Graph graph, infer::convert::read_onnx(file));
    network.graph = std::make_shared<const infer::convert::Graph>(std::move(graph));
    std::set<std::string> constants;
    for (const auto& tensor : model.graph().initializer()) constants.insert(tensor.name());
    for (const auto& proto : model.graph().output()) network.outputs.push_back(proto.name());
    for (const auto& proto : model.graph().input()) {
        if (constants.count(proto.name()) != 0) continue;
        Input& input = network.inputs.emplace_back();
        input.name = proto.name();
        for (const auto& dim : proto.type().tensor_type().shape().dim())
            input.dims.push_back(dim.dim_value() > 0 ? dim.dim_value() : 1);
    }
    fill_inputs(network);
    return network;
}

}  // namespace tarsier::peers
