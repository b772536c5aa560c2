// SPDX-License-Identifier: Apache-2.0
// The kernels of one value after the other, over a level's vectors (simd/floats.h).
#pragma once

#include <tarsier/kernels/tensor.h>

#include "simd/floats.h"

namespace tarsier::kernels {
namespace {

template <class V>
struct Add {
    static constexpr bool kBinary = true;
    static auto apply(typename V::Vector a, typename V::Vector b) { return a + b; }
};
template <class V>
struct Mul {
    static constexpr bool kBinary = true;
    static auto apply(typename V::Vector a, typename V::Vector b) { return a * b; }
};
template <class V>
struct Prelu {
    static constexpr bool kBinary = true;
    static auto apply(typename V::Vector a, typename V::Vector b) {
        return V::where_positive(a, a, a * b);
    }
};
template <class V>
struct HardSwish {
    static constexpr bool kBinary = false;
    static auto apply(typename V::Vector a, typename V::Vector) {
        const auto gate = a * V::set(1.0F / 6) + V::set(0.5F);
        return a * clamp<V>(gate, V::set(0), V::set(1));
    }
};
template <class V>
struct Same {
    static constexpr bool kBinary = false;
    static auto apply(typename V::Vector a, typename V::Vector) { return a; }
};
template <class V>
struct Sigmoid {
    static constexpr bool kBinary = false;
    static auto apply(typename V::Vector a, typename V::Vector) { return sigmoid<V>(a); }
};

/// dst = clamp(operation(a, b)), pixels [begin, end), in one go where they are dense.
template <class V, template <class> class Operation>
void each(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    using Apply = Operation<V>;
    const bool dense = args.a_stride == args.channels && args.dst_stride == args.channels &&
                       (!Apply::kBinary || args.b_stride == args.channels);
    const std::ptrdiff_t pixels = dense ? end - begin : 1;
    const auto min = V::set(args.min);
    const auto max = V::set(args.max);
    for (std::ptrdiff_t p = begin; p < end; p += pixels) {
        const float* const a = args.a + p * args.a_stride;
        const float* const b = args.b + p * args.b_stride;
        float* const dst = args.dst + p * args.dst_stride;
        for_vectors<V>(pixels * args.channels, [&](std::ptrdiff_t i, const auto& lanes) {
            const auto x = lanes.load(a + i);
            const auto y = Apply::kBinary ? lanes.load(b + i) : x;
            lanes.store(dst + i, clamp<V>(Apply::apply(x, y), min, max));
        });
    }
}

}  // namespace
}  // namespace tarsier::kernels
