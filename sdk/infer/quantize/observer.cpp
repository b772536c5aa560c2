// SPDX-License-Identifier: Apache-2.0
#include "observer.h"

#include <fmt/format.h>

namespace tarsier::infer::quantize {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

/// The float tensor that shows tensor i: itself, or what a step behind all others makes of it.
int shown(Net& net, int i) {
    if (net.tensors[index(i)].element == ElementType::F32) return i;
    NetTensor copy = net.tensors[index(i)];
    copy.element = ElementType::F32;
    copy.scale = 0;
    copy.zero_point = 0;
    net.tensors.push_back(copy);
    NetStep step;
    step.op = "dequantize";
    step.name = copy.name;
    step.inputs = {i};
    step.output = static_cast<int>(net.tensors.size()) - 1;
    net.steps.push_back(std::move(step));
    return static_cast<int>(net.tensors.size()) - 1;
}

}  // namespace

Result<Observer> Observer::create(const std::shared_ptr<const NetModel>& model) {
    Observer observer;
    Net net = model->net();
    const int tensors = static_cast<int>(net.tensors.size());
    observer.outputs_.resize(index(tensors));
    for (int i = 0; i < tensors; ++i) {
        if (net.tensors[index(i)].root >= 0) continue;
        observer.outputs_[index(i)] = static_cast<int>(net.outputs.size());
        const int tensor = shown(net, i);
        const NetTensor& t = net.tensors[index(tensor)];
        NetPort port;
        port.info = {t.name, Shape{1, t.channels, t.height, t.width}};
        port.tensor = tensor;
        net.outputs.push_back(std::move(port));
    }
    TARSIER_TRY(observer.session_,
                Session::create(std::make_shared<const NetModel>(std::move(net), model)));
    return observer;
}

Status Observer::run(const Sample& sample) {
    const Model& model = session_->model();
    if (sample.size() != model.inputs().size())
        return {Code::Invalid, fmt::format("a sample has {} inputs, the model {}", sample.size(),
                                           model.inputs().size())};
    for (std::size_t i = 0; i < sample.size(); ++i)
        if (!sample[i].empty()) TARSIER_CHECK(session_->set_input(static_cast<int>(i), sample[i]));
    return session_->run();
}

std::span<const float> Observer::values(int tensor) const {
    const View view = session_->output(outputs_[index(tensor)]);
    return {view.data, static_cast<std::size_t>(view.shape.elements())};
}

}  // namespace tarsier::infer::quantize
