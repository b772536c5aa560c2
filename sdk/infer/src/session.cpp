// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include <fmt/format.h>
#include <tarsier/base/clock.h>

#include <algorithm>

#include "plan/level_inputs.h"
#include "plan/plan.h"
#include "run/cpu.h"

namespace tarsier::infer {
namespace {

constexpr int kMaxThreads = 64;

/// Whether channels are last in memory; other shapes are in the ONNX file's order.
bool is_picture(const Shape& shape) { return shape.rank() == 4 && shape[0] == 1; }

class CpuSession final : public Session {
  public:
    /// `factors` of the inputs that take levels, 0 for others.
    CpuSession(std::shared_ptr<const NetModel> model, std::vector<float> factors, Plan plan,
               int threads)
        : model_(std::move(model)),
          factors_(std::move(factors)),
          plan_(std::move(plan)),
          runner_(plan_, threads) {}

    const Model& model() const override { return *model_; }
    View input(int i) override {
        const auto at = static_cast<std::size_t>(i);
        View in = view(plan_.inputs[at], model_->inputs()[at]);
        if (factors_[at] > 0) in.data = nullptr;
        return in;
    }
    LevelView input_levels(int i) override {
        const auto at = static_cast<std::size_t>(i);
        if (factors_[at] == 0) return {nullptr, input(i).shape, 0, 0};
        const Net& net = model_->net();
        const auto tensor = static_cast<std::size_t>(net.inputs[at].tensor);
        return {plan_.inputs[at].bytes(), input(i).shape, factors_[at],
                net.tensors[tensor].zero_point};
    }
    View output(int i) override {
        const auto at = static_cast<std::size_t>(i);
        return view(plan_.outputs[at], model_->outputs()[at]);
    }

    Status run() override {
        runner_.run([](std::size_t) {});
        keep_states();
        return Ok{};
    }

    Status run_timed(std::vector<StepTime>& steps) override {
        const Net& net = model_->net();
        steps.resize(net.steps.size());
        for (StepTime& step : steps) step.microseconds = 0;
        Timestamp before = monotonic_now();
        runner_.run([&](std::size_t i) {
            const Timestamp now = monotonic_now();
            steps[i].microseconds += static_cast<double>(now - before) / kMicrosecond;
            before = now;
        });
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const NetStep& step = net.steps[i];
            steps[i].name = step.name;
            steps[i].op = step.op;
            steps[i].shape = net.tensors[static_cast<std::size_t>(step.output)].shape_text();
            steps[i].macs = plan_.calls[i].macs;
            const char* const level = kernels::level_of(plan_.calls[i].kernel);
            steps[i].level = level ? level : "";
        }
        keep_states();
        return Ok{};
    }

    void reset() override {
        for (const StateInfo& state : model_->states()) {
            const View to = input(state.input);
            std::fill(to.data, to.data + to.shape.elements(), 0.0F);
        }
    }
    std::size_t arena_bytes() const override { return plan_.arena_bytes; }

  private:
    static View view(const Operand& operand, const TensorInfo& info) {
        if (!is_picture(info.shape)) return {operand.data, info.shape};
        return {operand.data, {1, operand.height, operand.width, operand.channels}};
    }

    void keep_states() {
        for (const StateInfo& state : model_->states()) {
            const View from = output(state.output);
            float* const to = input(state.input).data;
            if (from.data != to) std::copy(from.data, from.data + from.shape.elements(), to);
        }
    }

    std::shared_ptr<const NetModel> model_;
    std::vector<float> factors_;
    Plan plan_;
    CpuRunner runner_;
};

Status expect_size(const TensorInfo& info, std::size_t values) {
    if (info.shape.elements() == static_cast<std::int64_t>(values)) return Ok{};
    return {Code::Invalid, fmt::format("'{}' has the shape {}, {} values do not fit", info.name,
                                       info.shape.to_string(), values)};
}

/// copy(plane value, pixel value) for each value in the order of the ONNX file, planes of `pixels`
/// values, and in ours, pixels of so many channels. Few channels, or a block of pixels at a time,
/// so that both sides are read and written in order.
template <int kChannels, class Plane, class Pixel, class Copy>
void for_each_value(Plane* __restrict planes, Pixel* __restrict data, std::int64_t pixels,
                    const Copy& copy) {
    for (std::int64_t p = 0; p < pixels; ++p)
        for (int c = 0; c < kChannels; ++c) copy(planes[c * pixels + p], data[p * kChannels + c]);
}

template <class Plane, class Pixel, class Copy>
void for_each_value(Plane* planes, Pixel* data, const Shape& shape, const Copy& copy) {
    constexpr std::int64_t kBlock = 16;
    const std::int64_t channels = is_picture(shape) ? shape[3] : 1;
    const std::int64_t pixels = shape.elements() / channels;
    if (channels == 1) return for_each_value<1>(planes, data, pixels, copy);
    if (channels == 2) return for_each_value<2>(planes, data, pixels, copy);
    if (channels == 3) return for_each_value<3>(planes, data, pixels, copy);
    if (channels == 4) return for_each_value<4>(planes, data, pixels, copy);
    for (std::int64_t begin = 0; begin < pixels; begin += kBlock) {
        const std::int64_t end = std::min(begin + kBlock, pixels);
        for (std::int64_t c = 0; c < channels; ++c)
            for (std::int64_t p = begin; p < end; ++p)
                copy(planes[c * pixels + p], data[p * channels + c]);
    }
}

}  // namespace

Result<std::unique_ptr<Session>> create_session(std::shared_ptr<const Model> model,
                                                const SessionOptions& options,
                                                const kernels::Table& table) {
    auto net_model = std::dynamic_pointer_cast<const NetModel>(std::move(model));
    if (!net_model)
        return {Code::Invalid, "a session needs a model from Model::load or Model::find"};
    if (options.threads < 1 || options.threads > kMaxThreads)
        return {Code::Invalid,
                fmt::format("threads = {}, expected 1..{}", options.threads, kMaxThreads)};
    std::vector<float> factors(net_model->inputs().size());
    if (options.levels) {
        LevelInputs inputs = take_levels(net_model->net());
        factors = std::move(inputs.factors);
        net_model = std::make_shared<const NetModel>(std::move(inputs.net), net_model);
    }
    TARSIER_TRY(Plan plan, make_plan(net_model->net(), table, options.threads));
    return std::unique_ptr<Session>(std::make_unique<CpuSession>(
        std::move(net_model), std::move(factors), std::move(plan), options.threads));
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model,
                                                 const SessionOptions& options) {
    if (const char* error = kernels::environment_error()) return {Code::Usage, error};
    return create_session(std::move(model), options, kernels::table());
}

Status Session::set_input(int i, std::span<const float> values) {
    TARSIER_CHECK(expect_size(model().inputs()[static_cast<std::size_t>(i)], values.size()));
    const View to = input(i);
    if (!to.data)
        return {
            Code::Invalid,
            fmt::format("'{}' takes levels", model().inputs()[static_cast<std::size_t>(i)].name),
            "write them to Session::input_levels, or create the session without them"};
    for_each_value(values.data(), to.data, to.shape,
                   [](const float& plane, float& pixel) { pixel = plane; });
    return Ok{};
}

Status Session::get_output(int i, std::span<float> values) {
    TARSIER_CHECK(expect_size(model().outputs()[static_cast<std::size_t>(i)], values.size()));
    const View from = output(i);
    for_each_value(values.data(), from.data, from.shape,
                   [](float& plane, const float& pixel) { plane = pixel; });
    return Ok{};
}

}  // namespace tarsier::infer
