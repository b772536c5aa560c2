// SPDX-License-Identifier: Apache-2.0
#include "integer_steps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "format/fixed_point.h"
#include "format/packing_i8.h"

namespace tarsier::infer::quantize {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMaxWeight = 127;
constexpr double kSumLimit = 0x1p31;
// A channel's bias takes at most half of what its sum may hold, and its factor is at least so much.
constexpr double kBiasLimit = 0x1p30;
constexpr double kLeastFactor = 0x1p-24;

/// Levels 0..255 by which the step's output is bounded.
void set_bounds(const LeveledStep& from, NetStep& step) {
    const auto bound = [&](const char* key, double otherwise) {
        const double value = from.step.number(key, otherwise);
        if (std::isfinite(value)) return from.output.nearest(value);
        return value < 0 ? 0 : 255;
    };
    step.attributes.erase("min");
    step.attributes.erase("max");
    step.attributes["low"] = bound("min", -kInfinity);
    step.attributes["high"] = bound("max", kInfinity);
}

/// What a level of each output channel's weights stands for: with it the largest weight is 127
/// unless bias or factor would leave their ranges.
std::vector<double> weight_scales(const LeveledStep& from) {
    const Weights& w = *from.weights;
    const double in = from.inputs[0].scale;
    std::vector<double> scales;
    for (int output = 0; output < w.outputs; ++output) {
        double largest = 0;
        for (const float weight : w.of(output))
            largest = std::max(largest, static_cast<double>(std::abs(weight)));
        const double bias = std::abs(w.bias[static_cast<std::size_t>(output)]);
        scales.push_back(std::max({largest / kMaxWeight, bias / (in * kBiasLimit),
                                   kLeastFactor * from.output.scale / in}));
    }
    return scales;
}

int weight_level(float weight, double scale) {
    return static_cast<int>(std::clamp(std::nearbyint(weight / scale), -kMaxWeight, kMaxWeight));
}

/// Weights as levels, biases and factors of a convolution.
struct IntegerWeights {
    std::vector<std::int8_t> weights;  ///< [output][input][tap]
    std::vector<std::int32_t> bias;
    std::vector<std::int32_t> multipliers;
    int fraction = 0;
};

std::optional<IntegerWeights> integer_weights(const LeveledStep& from) {
    const Weights& w = *from.weights;
    const double in = from.inputs[0].scale;
    const std::vector<double> scales = weight_scales(from);
    IntegerWeights out;
    const double largest = *std::max_element(scales.begin(), scales.end());
    out.fraction = fraction_bits(largest * in / from.output.scale);
    if (out.fraction < 0) return std::nullopt;
    for (int output = 0; output < w.outputs; ++output) {
        const double scale = scales[static_cast<std::size_t>(output)];
        std::int64_t sum = 0;
        for (const float weight : w.of(output)) {
            out.weights.push_back(static_cast<std::int8_t>(weight_level(weight, scale)));
            sum += out.weights.back();
        }
        const auto factor = fixed_point(std::ldexp(scale * in / from.output.scale, out.fraction));
        if (!factor) return std::nullopt;
        const double bias =
            std::nearbyint(w.bias[static_cast<std::size_t>(output)] / (scale * in)) -
            static_cast<double>(sum * from.inputs[0].zero_point) + rounding(*factor);
        const double terms = static_cast<double>(w.of(output).size());
        if (std::abs(bias) + terms * static_cast<double>(kMaxProduct) >= kSumLimit)
            return std::nullopt;
        out.bias.push_back(static_cast<std::int32_t>(bias));
        out.multipliers.push_back(factor->packed());
    }
    return out;
}

std::optional<NetStep> convolution(const LeveledStep& from, Net& net, ConstantStore& constants) {
    auto integer = integer_weights(from);
    if (!integer) return std::nullopt;
    const Weights& w = *from.weights;
    NetStep step = from.step;
    step.op += "_i8";
    set_bounds(from, step);
    step.attributes["fraction"] = integer->fraction;
    const auto padded = static_cast<std::size_t>(padded_channels(w.outputs));
    integer->bias.resize(padded);
    integer->multipliers.resize(padded, integer->multipliers.back());
    const auto outputs = static_cast<std::size_t>(w.outputs);
    const auto packed =
        w.depthwise ? pack_depthwise_i8(integer->weights, outputs)
                    : pack_dense_i8(integer->weights, outputs, static_cast<std::size_t>(w.taps));
    step.constants = {constants.add(net, packed, ElementType::I8),
                      constants.add(net, integer->bias, ElementType::I32),
                      constants.add(net, integer->multipliers, ElementType::I32)};
    return step;
}

/// The most bits, at most 30, by which `factor` may be scaled to stay below `limit`.
int scaling_bits(double factor, int limit) {
    int bits = 30;
    while (bits >= 0 && std::lround(std::ldexp(factor, bits)) >= limit) --bits;
    return bits;
}

int half_of(int shift) { return shift > 0 ? 1 << (shift - 1) : 0; }

std::optional<NetStep> sum(const LeveledStep& from, Net&, ConstantStore&) {
    const double out = from.output.scale;
    const double a = from.inputs[0].scale / out;
    const double b = from.inputs[1].scale / out;
    int shift = scaling_bits(std::max(a, b), 1 << 15);
    // The zero point of the output, scaled, must fit the sum too.
    while (shift >= 0 && std::ldexp(255.0, shift) >= kSumLimit / 4) --shift;
    if (shift < 0) return std::nullopt;
    NetStep step = from.step;
    step.op = "add_i8";
    set_bounds(from, step);
    const auto a_multiplier = std::lround(std::ldexp(a, shift));
    const auto b_multiplier = std::lround(std::ldexp(b, shift));
    step.attributes["a_multiplier"] = static_cast<double>(a_multiplier);
    step.attributes["b_multiplier"] = static_cast<double>(b_multiplier);
    step.attributes["shift"] = shift;
    step.attributes["offset"] = static_cast<double>(
        (std::int64_t{from.output.zero_point} << shift) - a_multiplier * from.inputs[0].zero_point -
        b_multiplier * from.inputs[1].zero_point + half_of(shift));
    return step;
}

std::optional<NetStep> product(const LeveledStep& from, Net&, ConstantStore&) {
    const double factor =
        static_cast<double>(from.inputs[0].scale) * from.inputs[1].scale / from.output.scale;
    int shift = scaling_bits(factor, 1 << 14);
    while (shift >= 0 && std::ldexp(255.0, shift) >= kSumLimit / 4) --shift;
    if (shift < 0) return std::nullopt;
    NetStep step = from.step;
    step.op = "mul_i8";
    set_bounds(from, step);
    step.attributes["multiplier"] = static_cast<double>(std::lround(std::ldexp(factor, shift)));
    step.attributes["shift"] = shift;
    step.attributes["offset"] =
        static_cast<double>((std::int64_t{from.output.zero_point} << shift) + half_of(shift));
    return step;
}

std::optional<NetStep> average(const LeveledStep& from, Net&, ConstantStore&) {
    NetStep step = from.step;
    const double pixels = step.number("kernel_h", 1) * step.number("kernel_w", 1);
    const double factor = from.inputs[0].scale / (from.output.scale * pixels);
    const int fraction = fraction_bits(factor);
    if (fraction < 0) return std::nullopt;
    const auto fixed = fixed_point(std::ldexp(factor, fraction));
    step.op = "average_pool_i8";
    set_bounds(from, step);
    step.attributes.erase("count_padding");
    step.attributes["fraction"] = fraction;
    step.attributes["multiplier"] = fixed->multiplier;
    step.attributes["shift"] = fixed->shift;
    return step;
}

/// Appends the levels of a function of the values of all levels.
void tabulate(const Levels& from, const Levels& to, const std::function<double(double)>& function,
              std::vector<std::uint8_t>& table) {
    for (int level = 0; level < 256; ++level)
        table.push_back(static_cast<std::uint8_t>(to.nearest(function(from.value(level)))));
}

int table(const Levels& from, const Levels& to, const std::function<double(double)>& function,
          Net& net, ConstantStore& constants) {
    std::vector<std::uint8_t> levels;
    tabulate(from, to, function, levels);
    return constants.add(net, levels, ElementType::U8);
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

std::optional<NetStep> unary(const LeveledStep& from, Net& net, ConstantStore& constants) {
    const double min = from.step.number("min", -kInfinity);
    const double max = from.step.number("max", kInfinity);
    std::function<double(double)> function = [=](double x) { return std::clamp(x, min, max); };
    if (from.step.op == "sigmoid") function = sigmoid;
    if (from.step.op == "hard_swish")
        function = [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); };
    NetStep step = from.step;
    step.op = "lookup";
    step.attributes.clear();
    step.constants = {table(from.inputs[0], from.output, function, net, constants)};
    return step;
}

/// One table where all channels have the same slope.
std::optional<NetStep> prelu(const LeveledStep& from, Net& net, ConstantStore& constants) {
    const auto& slopes = from.slopes;
    const bool same = std::count(slopes.begin(), slopes.end(), slopes[0]) == std::ssize(slopes);
    std::vector<std::uint8_t> tables;
    for (const float slope : slopes.first(same ? 1 : slopes.size()))
        tabulate(
            from.inputs[0], from.output, [=](double x) { return x < 0 ? slope * x : x; }, tables);
    NetStep step = from.step;
    step.op = "lookup";
    step.constants = {constants.add(net, tables, ElementType::U8)};
    return step;
}

std::optional<NetStep> softmax(const LeveledStep& from, Net& net, ConstantStore& constants) {
    NetStep step = from.step;
    step.op += "_i8";
    if (from.step.op == "binary_softmax") {
        step.constants = {table(from.inputs[0], from.output, sigmoid, net, constants)};
        return step;
    }
    std::vector<std::int32_t> exponentials;
    for (int i = 0; i < 256; ++i)
        exponentials.push_back(static_cast<std::int32_t>(
            std::lround(std::exp((i - 255) * static_cast<double>(from.inputs[0].scale)) * 65536)));
    step.constants = {constants.add(net, exponentials, ElementType::I32)};
    return step;
}

std::optional<NetStep> moved(const LeveledStep& from, Net&, ConstantStore&) {
    if (from.inputs[0] != from.output) return std::nullopt;
    NetStep step = from.step;
    if (step.op == "clamp") step.op = "join";
    if (step.op == "pad") step.attributes["value"] = from.output.nearest(step.number("value", 0));
    if (step.op == "max_pool" || step.op == "resize") step.op += "_i8";
    return step;
}

using Form = std::optional<NetStep> (*)(const LeveledStep&, Net&, ConstantStore&);

Form form_of(const NetStep& step) {
    const auto is = [&](const char* op) { return step.op == op; };
    if (convolves(step)) return convolution;
    if (is("add")) return sum;
    if (is("mul")) return product;
    if (is("softmax") || is("binary_softmax")) return softmax;
    if (copies(step) || is("join") || is("pad") || is("permute") || is("resize")) return moved;
    if (is("max_pool") && step.attributes.count("min") + step.attributes.count("max") == 0)
        return moved;
    if (is("prelu")) return prelu;
    if (is("clamp") || is("sigmoid") || is("hard_swish")) return unary;
    if (!is("average_pool")) return nullptr;
    // The integer form divides every window by the same number of pixels.
    const bool padded = step.number("pad_top", 0) + step.number("pad_left", 0) +
                            step.number("pad_bottom", 0) + step.number("pad_right", 0) >
                        0;
    return padded && step.integer("count_padding", 0) == 0 ? nullptr : average;
}

}  // namespace

bool has_integer_form(const NetStep& step) { return form_of(step) != nullptr; }

std::optional<Levels> fixed_levels(const NetStep& step) {
    if (step.op == "softmax") return Levels{1.0F / 256, 0};
    if (step.op == "binary_softmax") return Levels{1.0F / 255, 0};
    return std::nullopt;
}

std::vector<float> rounded_weights(const LeveledStep& from) {
    const Weights& w = *from.weights;
    const std::vector<double> scales = weight_scales(from);
    std::vector<float> rounded;
    for (int output = 0; output < w.outputs; ++output) {
        const double scale = scales[static_cast<std::size_t>(output)];
        for (const float weight : w.of(output))
            rounded.push_back(static_cast<float>(weight_level(weight, scale) * scale));
    }
    return rounded;
}

double least_scale(const LeveledStep& from) {
    if (!from.weights) return 0;
    double largest = 0;
    for (const double scale : weight_scales(from)) largest = std::max(largest, scale);
    return largest * from.inputs[0].scale * 1.0001;
}

std::optional<NetStep> integer_form(const LeveledStep& step, Net& net, ConstantStore& constants) {
    const Form form = form_of(step.step);
    return form ? form(step, net, constants) : std::nullopt;
}

NetStep convert_levels(const Levels& from, const Levels& to, Net& net, ConstantStore& constants) {
    NetStep step;
    step.op = "lookup";
    step.constants = {table(
        from, to, [](double x) { return x; }, net, constants)};
    return step;
}

}  // namespace tarsier::infer::quantize
