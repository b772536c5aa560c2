// SPDX-License-Identifier: Apache-2.0
// A frame around the picture: of a constant, of the picture mirrored, or of its border. The
// constant of a picture of levels is a level.
#include "ops/pad.h"

#include <algorithm>
#include <cstring>

#include "ops/op.h"

namespace tarsier::infer {
namespace {

struct Args {
    Operand input, output;
    int top, left;
    int mode;
    float value;
};

Status check(const StepView& step) {
    TARSIER_CHECK(step.expect_counts(1, 0));
    for (const char* key : {"pad_top", "pad_left", "pad_bottom", "pad_right"})
        TARSIER_CHECK(step.expect_integer(key, 0, 0, 65536));
    TARSIER_CHECK(step.expect_integer("mode", 0, 0, kPadModeCount - 1));
    if (step.output().element == ElementType::U8)
        TARSIER_CHECK(step.expect_integer("value", 0, 0, 255));
    const NetStep& s = step.step();
    const NetTensor& in = step.input();
    const int rows = std::max(s.integer("pad_top", 0), s.integer("pad_bottom", 0));
    const int columns = std::max(s.integer("pad_left", 0), s.integer("pad_right", 0));
    if (s.integer("mode", 0) == kPadReflect && (rows >= in.height || columns >= in.width))
        return step.error("mirrors more than there is");
    return step.expect_output(
        std::int64_t{in.height} + s.integer("pad_top", 0) + s.integer("pad_bottom", 0),
        std::int64_t{in.width} + s.integer("pad_left", 0) + s.integer("pad_right", 0), in.channels);
}

/// The source coordinate of output coordinate i; -1 = the constant.
int source(int i, int before, int length, int mode) {
    const int x = i - before;
    if (x >= 0 && x < length) return x;
    if (mode == kPadConstant) return -1;
    if (mode == kPadEdge) return std::clamp(x, 0, length - 1);
    return x < 0 ? -x : 2 * (length - 1) - x;
}

/// T: float or level.
template <class T>
void run(const void* args, int begin, int end) {
    const auto& a = *static_cast<const Args*>(args);
    for (int y = begin; y < end; ++y) {
        const int sy = source(y, a.top, a.input.height, a.mode);
        for (int x = 0; x < a.output.width; ++x) {
            const int sx = source(x, a.left, a.input.width, a.mode);
            T* dst = reinterpret_cast<T*>(a.output.data) +
                     (std::ptrdiff_t{y} * a.output.width + x) * a.output.stride;
            if (sy < 0 || sx < 0)
                std::fill(dst, dst + a.output.channels, static_cast<T>(a.value));
            else
                std::memcpy(dst,
                            reinterpret_cast<const T*>(a.input.data) +
                                (std::ptrdiff_t{sy} * a.input.width + sx) * a.input.stride,
                            a.output.pixel_bytes());
        }
    }
}

Call prepare(const StepView& step, std::span<const Operand> inputs, const Operand& output,
             const kernels::Table&, ArgumentStore& store) {
    const NetStep& s = step.step();
    const Args args{inputs[0],
                    output,
                    s.integer("pad_top", 0),
                    s.integer("pad_left", 0),
                    s.integer("mode", 0),
                    static_cast<float>(s.number("value", 0))};
    return {output.element == 1 ? run<std::uint8_t> : run<float>, store.keep(args), output.height,
            0};
}

}  // namespace

extern const Op pad_op;
constexpr Op pad_op{"pad", check, prepare, nullptr, kAnyElements};

}  // namespace tarsier::infer
