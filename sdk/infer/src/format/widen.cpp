// SPDX-License-Identifier: Apache-2.0
#include "format/widen.h"

#include <tarsier/kernels/tensor.h>

#include <deque>

#include "format/half.h"

namespace tarsier::infer {
namespace {

constexpr std::uint64_t kPanel = kernels::kPanel;

/// Kernels read constants by whole vectors.
struct alignas(64) Line {
    float values[16];
};
using Memory = std::deque<std::vector<Line>>;

/// Value i is made by value(i).
template <class Value>
void replace(NetConstant& constant, Memory& memory, const Value& value) {
    auto& lines = memory.emplace_back((constant.count + kPanel - 1) / kPanel);
    float* const floats = lines.empty() ? nullptr : lines.front().values;
    for (std::uint64_t i = 0; i < constant.count; ++i) floats[i] = value(i);
    constant.bytes = {reinterpret_cast<const std::uint8_t*>(floats),
                      constant.count * sizeof(float)};
    constant.element = ElementType::F32;
    constant.scales = -1;
    constant.block = 0;
}

Status widen_bytes(Net& net, NetConstant& constant, Memory& memory) {
    const auto wrong = [] {
        return Error{Code::BadData, "the scales of a constant do not fit", {}, {}, {}, {}};
    };
    if (static_cast<std::size_t>(constant.scales) >= net.constants.size()) return wrong();
    const NetConstant& scales = net.constants[static_cast<std::size_t>(constant.scales)];
    const std::uint64_t panels = scales.count / kPanel;
    if (constant.element != ElementType::I8 || scales.element != ElementType::F32 || panels == 0 ||
        scales.count % kPanel != 0 || constant.block == 0 || constant.block % kPanel != 0)
        return wrong();
    const auto* levels = constant.as<std::int8_t>();
    replace(constant, memory, [&, block = constant.block](std::uint64_t i) {
        return levels[i] * scales.floats()[i / block % panels * kPanel + i % kPanel];
    });
    return Ok{};
}

}  // namespace

Status widen(Net& net, std::uint64_t most) {
    std::uint64_t values = 0;
    for (const NetConstant& constant : net.constants)
        if (constant.element == ElementType::F16 || constant.scales >= 0) values += constant.count;
    if (values > most) return {Code::BadData, "small constants overlap"};
    auto memory = std::make_shared<Memory>();
    for (NetConstant& constant : net.constants)
        if (constant.element == ElementType::F16)
            replace(constant, *memory, [halves = constant.as<std::uint16_t>()](std::uint64_t i) {
                return half_to_float(halves[i]);
            });
    for (NetConstant& constant : net.constants)
        if (constant.scales >= 0) TARSIER_CHECK(widen_bytes(net, constant, *memory));
    if (!memory->empty()) net.widened = std::move(memory);
    return Ok{};
}

}  // namespace tarsier::infer
