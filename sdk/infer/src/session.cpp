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

/// Values of a pixel that lie together here, and apart in the ONNX file.
std::int64_t channels_of(const Shape& shape) { return is_picture(shape) ? shape[3] : 1; }

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
    const std::int64_t channels = channels_of(to.shape);
    kernels::table().transpose_f32(values.data(), channels, to.shape.elements() / channels,
                                   to.data);
    return Ok{};
}

Status Session::get_output(int i, std::span<float> values) {
    TARSIER_CHECK(expect_size(model().outputs()[static_cast<std::size_t>(i)], values.size()));
    const View from = output(i);
    const std::int64_t channels = channels_of(from.shape);
    kernels::table().transpose_f32(from.data, from.shape.elements() / channels, channels,
                                   values.data());
    return Ok{};
}

}  // namespace tarsier::infer
