// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/infer/model.h>

namespace tarsier::infer {

struct SessionOptions {
    int threads = 1;      ///< that share one run(), the caller's included; 1..64
    bool levels = false;  ///< inputs that the network quantizes first take levels, not floats
};

/// Floats of an input or output where the plan keeps them, dense, 64-byte aligned. A picture (rank
/// 4, the first dimension 1) has its channels last here: NHWC. Every other shape is as in the ONNX
/// file.
struct View {
    float* data = nullptr;
    Shape shape;  ///< in the order of `data`
};

/// Levels of an input where the plan keeps them, dense, 64-byte aligned, in the order of View:
/// clamp(x * factor, -zero_point, 255 - zero_point), rounded to the nearest, to the even one of
/// two, plus zero_point (docs/quantization.md). kernels::ModelInput writes them from pictures.
struct LevelView {
    std::uint8_t* data = nullptr;  ///< null for an input that takes floats
    Shape shape;
    float factor = 0;
    int zero_point = 0;
};

/// Time spent in one step of the plan.
struct StepTime {
    std::string name;  ///< as in the ONNX file
    std::string op;
    std::string shape;  ///< of the output
    std::string level;  ///< whose kernel does it; empty where a step needs none
    double microseconds = 0;
    double macs = 0;  ///< multiply-accumulates
};

/// A model compiled into a flat plan over one arena. No allocation while running. Thread-bound.
class Session {
  public:
    static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model,
                                                   const SessionOptions& options = {});
    virtual ~Session() = default;

    virtual const Model& model() const = 0;
    /// Where input i is to be written before each run(), where output i lies after it. i as in
    /// Model. A run puts other things where its inputs were, states excepted.
    virtual View input(int i) = 0;
    virtual View output(int i) = 0;
    /// The same for an input that takes levels, whose View has no data: with SessionOptions::levels
    /// each one that the network would only quantize, and that is no state. The results are the
    /// same, bit by bit, as with floats.
    virtual LevelView input_levels(int i) = 0;
    /// By values in the ONNX file's order (NCHW); sizes must match. Fails with Invalid, also for
    /// inputs that take levels.
    Status set_input(int i, std::span<const float> values);
    Status get_output(int i, std::span<float> values);

    /// One inference. Afterwards each state input (Model::states()) holds its output's values, and
    /// may lie in the same memory.
    virtual Status run() = 0;
    /// One inference with the time of every step.
    virtual Status run_timed(std::vector<StepTime>& steps) = 0;
    /// State inputs back to zero, as they are in a new session.
    virtual void reset() = 0;
    /// Bytes of the arena.
    virtual std::size_t arena_bytes() const = 0;
};

}  // namespace tarsier::infer
