// SPDX-License-Identifier: Apache-2.0
// Any function of one value, on levels: a table of 256, or one for each channel.
#include "ops/requant_i8.h"

namespace tarsier::infer {
namespace {

struct Args {
    decltype(kernels::Table::lookup_i8) kernel;
    kernels::LookupI8 lookup;
    std::ptrdiff_t width;
};

constexpr int kTable = 256;

std::uint64_t tables_of(const StepView& step) { return step.constant_count(0) / kTable; }

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 1));
    const std::int64_t tables = tables_of(step) == 1 ? 1 : step.output().channels;
    TARSIER_CHECK(step.expect_constant(0, ElementType::U8, tables * kTable));
    return check_same_shape(step);
}

void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    a.kernel(a.lookup, begin * a.width, end * a.width);
}

void run_by_channel(const void* args, int begin, int end) {
    const kernels::LookupI8& lookup = static_cast<const Args*>(args)->lookup;
    const std::ptrdiff_t width = static_cast<const Args*>(args)->width;
    for (std::ptrdiff_t pixel = begin * width; pixel < end * width; ++pixel) {
        const std::uint8_t* const src = lookup.src + pixel * lookup.src_stride;
        std::uint8_t* const dst = lookup.dst + pixel * lookup.dst_stride;
        const std::uint8_t* table = lookup.table;
        for (int c = 0; c < lookup.channels; ++c, table += kTable) dst[c] = table[src[c]];
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table& table, ArgumentStore& store) {
    const kernels::LookupI8 lookup{inputs[0].bytes(), inputs[0].stride,
                                   output.bytes(),    output.stride,
                                   output.channels,   step.constant_as<std::uint8_t>(0)};
    const Args* args = store.keep(Args{table.lookup_i8, lookup, output.width});
    if (tables_of(step) > 1) return {run_by_channel, args, output.height, 0};
    return Call{run, args, output.height, 0}.by(table.lookup_i8);
}

}  // namespace

extern const Op lookup_op;
constexpr Op lookup_op{"lookup", check, prepare, nullptr, kBytes};

}  // namespace tarsier::infer
