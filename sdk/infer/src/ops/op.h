// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/kernels/kernels.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "format/net.h"

namespace tarsier::infer {

/// A step as its operator's rule sees it, with the checks that rules are made of. Their errors are
/// BadData and name the step.
class StepView {
  public:
    StepView(const Net& net, const NetStep& step) : net_(net), step_(step) {}

    const NetStep& step() const { return step_; }
    const NetTensor& input(std::size_t i = 0) const { return tensor(step_.inputs[i]); }
    const NetTensor& output() const { return tensor(step_.output); }
    const float* constant(std::size_t i) const { return constant_as<float>(i); }
    /// Constant i, whose type has been checked.
    template <class T>
    const T* constant_as(std::size_t i) const {
        return net_.constants[static_cast<std::size_t>(step_.constants[i])].as<T>();
    }

    std::uint64_t constant_count(std::size_t i) const {
        return net_.constants[static_cast<std::size_t>(step_.constants[i])].count;
    }

    Error error(const std::string& what) const;
    /// The step has so many inputs and constants.
    Status expect_counts(std::size_t inputs, std::size_t constants) const;
    /// The output has this shape.
    Status expect_output(std::int64_t height, std::int64_t width, std::int64_t channels) const;
    /// Constant i is an array of `count` floats.
    Status expect_floats(std::size_t i, std::int64_t count) const {
        return expect_constant(i, ElementType::F32, count);
    }
    /// The same of another type.
    Status expect_constant(std::size_t i, ElementType element, std::int64_t count) const;
    /// The attribute, absent or not, is an integer of low..high.
    Status expect_integer(const char* key, int otherwise, int low, int high) const;
    /// Attributes `min` and `max`, absent or not, are ordered numbers.
    Status expect_clamp() const;
    float min() const;
    float max() const;

  private:
    const NetTensor& tensor(int i) const { return net_.tensors[static_cast<std::size_t>(i)]; }

    const Net& net_;
    const NetStep& step_;
};

/// A tensor in the arena; `stride` in elements from pixel to pixel.
struct Operand {
    float* data = nullptr;  ///< of a tensor of floats
    std::ptrdiff_t stride = 0;
    int height = 0;
    int width = 0;
    int channels = 0;
    std::size_t element = sizeof(float);  ///< bytes

    /// The memory of a tensor of any type, or of U8.
    std::uint8_t* bytes() const { return reinterpret_cast<std::uint8_t*>(data); }
    std::size_t pixel_bytes() const { return static_cast<std::size_t>(channels) * element; }
    /// From pixel to pixel.
    std::ptrdiff_t stride_bytes() const { return stride * static_cast<std::ptrdiff_t>(element); }
};

/// One entry of a plan: run(args, begin, end) makes the rows [begin, end) of the output.
struct Call {
    void (*run)(const void* args, int begin, int end) = nullptr;
    const void* args = nullptr;
    int rows = 0;
    double macs = 0;  ///< multiply-accumulates of all rows; 0 for operators that have none
    double work =
        0;  ///< cost of all rows in the like of multiply-accumulates; filled in by the planner
    void (*kernel)() = nullptr;  ///< the entry of the table that does it, for those who name it

    /// The same, done by this entry of the table.
    template <class Kernel>
    Call by(Kernel entry) const {
        Call call = *this;
        call.kernel = reinterpret_cast<void (*)()>(entry);
        return call;
    }
};

/// Keeps the arguments of calls at fixed addresses for as long as their plan lives.
class ArgumentStore {
  public:
    template <class T>
    const T* keep(T value) {
        auto kept = std::make_shared<const T>(std::move(value));
        kept_.push_back(kept);
        return kept.get();
    }

  private:
    std::vector<std::shared_ptr<const void>> kept_;
};

/// The rows of the first input, and of others of the same height, that output row y needs:
/// [y * stride - pad, y * stride - pad + rows).
struct Reach {
    int stride = 1;
    int pad = 0;
    int rows = 1;
};

/// What the tensors of an operator hold. With `any` it moves values without looking at them: inputs
/// and output hold the same type, by the same scale and zero point.
struct Elements {
    ElementType read = ElementType::F32;
    ElementType written = ElementType::F32;
    bool any = false;
};
inline constexpr Elements kBytes{ElementType::U8, ElementType::U8};
inline constexpr Elements kAnyElements{.any = true};

/// An operator: its rule, and the call that executes it. One file each, listed in
/// src/ops/operators.cmake.
struct Op {
    const char* name;
    /// Whether counts, attributes, shapes and sizes of constants fit. Tensors are known to be
    /// valid.
    Status (*check)(const StepView& step);
    /// The call of a step that passed its check.
    Call (*prepare)(const StepView& step, std::span<const Operand> inputs, const Operand& output,
                    const kernels::Table& table, ArgumentStore& store);
    /// Null where an output row may need any row of the inputs, or rows of calls are not those of
    /// the output.
    Reach (*reach)(const StepView& step) = nullptr;
    Elements elements = {};
};

/// Null for a name that no operator has.
const Op* find_op(std::string_view name);

}  // namespace tarsier::infer
