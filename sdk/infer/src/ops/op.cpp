// SPDX-License-Identifier: Apache-2.0
#include "ops/op.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace tarsier::infer {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Error StepView::error(const std::string& what) const {
    return {Code::BadData,
            fmt::format("step '{}' ({}): {}", step_.name, step_.op, what),
            {},
            {},
            {},
            {}};
}

Status StepView::expect_counts(std::size_t inputs, std::size_t constants) const {
    if (step_.inputs.size() == inputs && step_.constants.size() == constants) return Ok{};
    return error(fmt::format("has {} inputs and {} constants, takes {} and {}", step_.inputs.size(),
                             step_.constants.size(), inputs, constants));
}

Status StepView::expect_output(std::int64_t height, std::int64_t width,
                               std::int64_t channels) const {
    const NetTensor& out = output();
    if (out.height == height && out.width == width && out.channels == channels) return Ok{};
    return error(
        fmt::format("output is {}, must be {}x{}x{}", out.shape_text(), height, width, channels));
}

Status StepView::expect_constant(std::size_t i, ElementType element, std::int64_t count) const {
    const NetConstant& constant = net_.constants[static_cast<std::size_t>(step_.constants[i])];
    if (constant.element == element && constant.count == static_cast<std::uint64_t>(count))
        return Ok{};
    return error(fmt::format("constant {} holds {} x {}, must be {} x {}", i, constant.count,
                             element_name(constant.element), count, element_name(element)));
}

Status StepView::expect_integer(const char* key, int otherwise, int low, int high) const {
    const double value = step_.number(key, otherwise);
    if (value >= low && value <= high && value == std::floor(value)) return Ok{};
    return error(fmt::format("{} is {}, must be an integer of {}..{}", key, value, low, high));
}

Status StepView::expect_clamp() const {
    if (step_.number("min", -kInfinity) <= step_.number("max", kInfinity)) return Ok{};
    return error("min and max are not ordered");
}

float StepView::min() const { return static_cast<float>(step_.number("min", -kInfinity)); }
float StepView::max() const { return static_cast<float>(step_.number("max", kInfinity)); }

}  // namespace tarsier::infer
