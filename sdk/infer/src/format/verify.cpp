// SPDX-License-Identifier: Apache-2.0
#include "format/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/op.h"

namespace tarsier::infer {
namespace {

constexpr int kMaxSide = 16384;
constexpr int kMaxChannels = 65536;

Error wrong(const std::string& what) { return {Code::BadData, what, {}, {}, {}, {}}; }

bool index_of(int i, std::size_t count) { return i >= 0 && static_cast<std::size_t>(i) < count; }

/// Scales that leave room for products of them in a float.
constexpr float kMinScale = 1e-12F;
constexpr float kMaxScale = 1e12F;

Status verify_levels(const NetTensor& tensor) {
    if (tensor.element == ElementType::F32) return Ok{};
    if (tensor.element != ElementType::U8)
        return {Code::Unsupported, fmt::format("tensor '{}' holds {}, f32 and u8 are supported",
                                               tensor.name, element_name(tensor.element))};
    const bool sane = tensor.scale >= kMinScale && tensor.scale <= kMaxScale &&
                      tensor.zero_point >= 0 && tensor.zero_point <= 255;
    if (sane) return Ok{};
    return wrong(fmt::format("tensor '{}' has the impossible scale {} and zero point {}",
                             tensor.name, tensor.scale, tensor.zero_point));
}

Status verify_shape(const NetTensor& tensor) {
    if (tensor.height < 1 || tensor.height > kMaxSide || tensor.width < 1 ||
        tensor.width > kMaxSide || tensor.channels < 1 || tensor.channels > kMaxChannels)
        return wrong(fmt::format("tensor '{}' has the impossible shape {}", tensor.name,
                                 tensor.shape_text()));
    return verify_levels(tensor);
}

/// Tensors have sane shapes, the root's too.
Status verify_root(const Net& net, const NetTensor& tensor) {
    if (tensor.root < 0) return Ok{};
    if (!index_of(tensor.root, net.tensors.size()))
        return wrong(fmt::format("tensor '{}' is a slice of no tensor", tensor.name));
    const NetTensor& root = net.tensors[static_cast<std::size_t>(tensor.root)];
    const bool slice = tensor.same_size(root) && tensor.first_channel >= 0 &&
                       tensor.first_channel <= root.channels - tensor.channels;
    const bool reshaped = !tensor.same_size(root) && tensor.first_channel == 0 &&
                          tensor.elements() == root.elements();
    if (root.root >= 0 || !(slice || reshaped) || !tensor.same_levels(root))
        return wrong(fmt::format("tensor '{}' does not lie in '{}'", tensor.name, root.name));
    return Ok{};
}

Status verify_tensors(const Net& net) {
    std::int64_t bytes = 0;
    for (const NetTensor& tensor : net.tensors) TARSIER_CHECK(verify_shape(tensor));
    for (const NetTensor& tensor : net.tensors) {
        TARSIER_CHECK(verify_root(net, tensor));
        if (tensor.root >= 0) continue;
        bytes += tensor.elements() * static_cast<std::int64_t>(element_bytes(tensor.element));
        if (bytes > kMaxTensorBytes) return wrong("its tensors take more than 1 GiB");
    }
    return Ok{};
}

/// One picture (NCHW, N = 1) has its channels last in memory; any other shape is in its own order,
/// the tensor's memory however divided.
bool shape_fits(const Shape& shape, const NetTensor& tensor) {
    for (const std::int64_t dim : shape.dims())
        if (dim < 1) return false;
    if (shape.rank() == 4 && shape[0] == 1)
        return shape[1] == tensor.channels && shape[2] == tensor.height && shape[3] == tensor.width;
    return shape.elements() == tensor.elements();
}

Status verify_port(const Net& net, const NetPort& port) {
    if (!index_of(port.tensor, net.tensors.size()))
        return wrong(fmt::format("'{}' names no tensor", port.info.name));
    const NetTensor& tensor = net.tensors[static_cast<std::size_t>(port.tensor)];
    if (tensor.element != ElementType::F32)
        return wrong(fmt::format("'{}' holds {}, must be f32", port.info.name,
                                 element_name(tensor.element)));
    if (tensor.root >= 0 || !shape_fits(port.info.shape, tensor))
        return wrong(fmt::format("'{}' of shape {} does not fit its tensor {}", port.info.name,
                                 port.info.shape.to_string(), tensor.shape_text()));
    return Ok{};
}

/// Which channels of each root hold a value, while the steps are walked in order.
class Written {
  public:
    explicit Written(const Net& net) : net_(net), channels_(net.tensors.size()) {}

    bool all(int tensor) {
        const auto [first, last] = range(tensor);
        return std::all_of(first, last, [](bool set) { return set; });
    }
    bool any(int tensor) {
        const auto [first, last] = range(tensor);
        return std::any_of(first, last, [](bool set) { return set; });
    }
    void set(int tensor) {
        const auto [first, last] = range(tensor);
        std::fill(first, last, true);
    }

  private:
    std::pair<std::vector<bool>::iterator, std::vector<bool>::iterator> range(int tensor) {
        const auto root = static_cast<std::size_t>(net_.root(tensor));
        const NetTensor& t = net_.tensors[static_cast<std::size_t>(tensor)];
        channels_[root].resize(static_cast<std::size_t>(net_.tensors[root].channels));
        if (!net_.is_slice(tensor)) return {channels_[root].begin(), channels_[root].end()};
        const auto first = channels_[root].begin() + t.first_channel;
        return {first, first + t.channels};
    }

    const Net& net_;
    std::vector<std::vector<bool>> channels_;
};

/// Whether the step's tensors hold what its operator takes.
Status verify_elements(const StepView& view, const Elements& elements) {
    const NetTensor& out = view.output();
    if (!elements.any && out.element != elements.written)
        return view.error(fmt::format("its output holds {}, must be {}", element_name(out.element),
                                      element_name(elements.written)));
    for (std::size_t i = 0; i < view.step().inputs.size(); ++i) {
        const NetTensor& in = view.input(i);
        if (elements.any && !in.same_levels(out))
            return view.error("its inputs and its output hold different types or scales");
        if (!elements.any && in.element != elements.read)
            return view.error(fmt::format("input {} holds {}, must be {}", i,
                                          element_name(in.element), element_name(elements.read)));
    }
    return Ok{};
}

Status verify_step(const Net& net, const NetStep& step, Written& written) {
    const StepView view(net, step);
    if (step.inputs.empty()) return view.error("has no input");
    for (const int i : step.inputs) {
        if (!index_of(i, net.tensors.size())) return view.error("reads no tensor");
        if (!written.all(i)) return view.error("reads a tensor before it is written");
    }
    for (const int i : step.constants)
        if (!index_of(i, net.constants.size())) return view.error("reads no constant");
    if (!index_of(step.output, net.tensors.size())) return view.error("writes no tensor");
    if (written.any(step.output)) return view.error("writes a tensor twice");
    const Op* op = find_op(step.op);
    if (!op)
        return {Code::Unsupported,
                fmt::format("step '{}' needs the operator '{}', which this version lacks",
                            step.name, step.op),
                "install a newer Tarsier, or convert the model with this one"};
    TARSIER_CHECK(verify_elements(view, op->elements));
    TARSIER_CHECK(op->check(view));
    written.set(step.output);
    return Ok{};
}

Status verify_states(const Net& net) {
    std::vector<bool> taken(net.inputs.size(), false);
    for (const StateInfo& state : net.states) {
        if (!index_of(state.input, net.inputs.size()) ||
            !index_of(state.output, net.outputs.size()))
            return wrong("a state names no input or no output");
        const auto in = static_cast<std::size_t>(state.input);
        const auto out = static_cast<std::size_t>(state.output);
        if (!(net.inputs[in].info.shape == net.outputs[out].info.shape) || taken[in])
            return wrong(fmt::format("input '{}' cannot keep the state '{}'",
                                     net.inputs[in].info.name, net.outputs[out].info.name));
        taken[in] = true;
    }
    return Ok{};
}

}  // namespace

Status verify(const Net& net) {
    TARSIER_CHECK(verify_tensors(net));
    if (net.inputs.empty() || net.outputs.empty()) return wrong("has no input or no output");
    Written written(net);
    for (const NetPort& port : net.inputs) {
        TARSIER_CHECK(verify_port(net, port));
        if (written.any(port.tensor))
            return wrong(fmt::format("input '{}' shares its tensor", port.info.name));
        written.set(port.tensor);
    }
    for (const NetStep& step : net.steps) TARSIER_CHECK(verify_step(net, step, written));
    for (const NetPort& port : net.outputs) {
        TARSIER_CHECK(verify_port(net, port));
        if (!written.all(port.tensor))
            return wrong(fmt::format("output '{}' is never written", port.info.name));
    }
    return verify_states(net);
}

}  // namespace tarsier::infer
