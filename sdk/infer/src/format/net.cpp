// SPDX-License-Identifier: Apache-2.0
#include "format/net.h"

#include <fmt/format.h>

namespace tarsier::infer {

std::string NetTensor::shape_text() const {
    return fmt::format("{}x{}x{}", height, width, channels);
}

double NetStep::number(const std::string& key, double otherwise) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? otherwise : found->second;
}

int NetStep::integer(const std::string& key, int otherwise) const {
    return static_cast<int>(number(key, otherwise));
}

int Net::root(int i) const {
    const NetTensor& tensor = tensors[static_cast<std::size_t>(i)];
    return tensor.root < 0 ? i : tensor.root;
}

bool Net::is_slice(int i) const {
    const NetTensor& tensor = tensors[static_cast<std::size_t>(i)];
    return tensor.root >= 0 && tensor.same_size(tensors[static_cast<std::size_t>(tensor.root)]);
}

NetModel::NetModel(Net net, std::shared_ptr<const void> memory)
    : net_(std::move(net)), memory_(std::move(memory)) {
    for (const NetPort& port : net_.inputs) inputs_.push_back(port.info);
    for (const NetPort& port : net_.outputs) outputs_.push_back(port.info);
}

}  // namespace tarsier::infer
