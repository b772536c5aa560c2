// SPDX-License-Identifier: Apache-2.0
#include "ops/requant_i8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "format/fixed_point.h"
#include "format/packing_i8.h"

namespace tarsier::infer {
namespace {

constexpr std::int64_t kSumLimit = std::int64_t{1} << 31;

}  // namespace

Status check_weights(const StepView& step, std::int64_t count) {
    TARSIER_CHECK(step.expect_constant(0, ElementType::I8, count));
    const auto* const weights = step.constant_as<std::int8_t>(0);
    if (std::find(weights, weights + count, std::int8_t{-128}) != weights + count)
        return step.error("a weight is -128, they are -127..127");
    return Ok{};
}

Status check_dense_weights(const StepView& step, std::int64_t taps, std::int64_t inputs) {
    const std::int64_t padded = padded_inputs(inputs);
    const std::int64_t runs = padded_channels(step.output().channels) / kernels::kPanel * taps;
    TARSIER_CHECK(check_weights(step, runs * padded * kernels::kPanel));
    constexpr std::int64_t kLast = std::int64_t{kernels::kPanel} * kernels::kGroup;
    const auto* const weights = step.constant_as<std::int8_t>(0);
    for (std::int64_t run = 0; run < runs; ++run) {
        const auto* const last = weights + (run + 1) * padded * kernels::kPanel - kLast;
        for (std::int64_t i = 0; i < kLast; ++i)
            if (padded - kernels::kGroup + i % kernels::kGroup >= inputs && last[i] != 0)
                return step.error("weights behind its last input are not zero");
    }
    return Ok{};
}

Status check_bounds(const StepView& step) {
    TARSIER_CHECK(step.expect_integer("low", 0, 0, 255));
    TARSIER_CHECK(step.expect_integer("high", 255, 0, 255));
    if (step.step().integer("low", 0) <= step.step().integer("high", 255)) return Ok{};
    return step.error("low and high are not ordered");
}

Status check_offset(const StepView& step, const char* key, std::int64_t largest) {
    const double offset = step.step().number(key, 0);
    if (offset == std::floor(offset) &&
        std::abs(offset) + static_cast<double>(largest) < static_cast<double>(kSumLimit))
        return Ok{};
    return step.error(fmt::format("{} is {}: its sums may leave 32 bits", key, offset));
}

Status check_same_shape(const StepView& step) {
    for (std::size_t i = 0; i < step.step().inputs.size(); ++i) {
        const NetTensor& in = step.input(i);
        if (i == 1 && in.height == 1 && in.width == 1 && in.channels == step.output().channels)
            continue;
        TARSIER_CHECK(step.expect_output(in.height, in.width, in.channels));
    }
    return Ok{};
}

Status check_requant(const StepView& step, std::int64_t terms) {
    TARSIER_CHECK(step.expect_integer("fraction", 0, 0, kMaxFraction));
    TARSIER_CHECK(check_bounds(step));
    const std::int64_t padded = padded_channels(step.output().channels);
    TARSIER_CHECK(step.expect_constant(1, ElementType::I32, padded));
    TARSIER_CHECK(step.expect_constant(2, ElementType::I32, padded));
    for (std::int64_t i = 0; i < padded; ++i) {
        const std::int64_t bias = step.constant_as<std::int32_t>(1)[i];
        if (std::abs(bias) + terms * kMaxProduct >= kSumLimit)
            return step.error(fmt::format("the sum of channel {} may leave 32 bits", i));
        if (!is_multiplier(step.constant_as<std::int32_t>(2)[i]))
            return step.error(fmt::format("channel {} has an impossible multiplier", i));
    }
    return Ok{};
}

kernels::RequantI8 requant_args(const StepView& step) {
    const NetStep& s = step.step();
    return {step.constant_as<std::int32_t>(1),
            step.constant_as<std::int32_t>(2),
            s.integer("fraction", 0),
            step.output().zero_point,
            s.integer("low", 0),
            s.integer("high", 255)};
}

}  // namespace tarsier::infer
