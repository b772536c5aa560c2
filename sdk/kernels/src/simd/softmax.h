// SPDX-License-Identifier: Apache-2.0
// Softmax over a level's vectors (simd/floats.h).
#pragma once

#include <tarsier/kernels/tensor.h>

#include "simd/floats.h"

namespace tarsier::kernels {
namespace {

template <class V>
void softmax(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    // Lanes behind the channels: never the largest, and next to nothing in the sum.
    const auto lowest = V::set(-__FLT_MAX__);
    for (std::ptrdiff_t p = begin; p < end; ++p) {
        const float* const src = args.a + p * args.a_stride;
        float* const dst = args.dst + p * args.dst_stride;
        auto largest = lowest;
        for_vectors<V>(args.channels, [&](std::ptrdiff_t c, const auto& lanes) {
            largest = V::larger(largest, lanes.load(src + c, lowest));
        });
        const auto top = V::set(V::largest(largest));
        auto sum = V::set(0);
        for_vectors<V>(args.channels, [&](std::ptrdiff_t c, const auto& lanes) {
            const auto power = exp<V>(lanes.load(src + c, lowest) - top);
            lanes.store(dst + c, power);
            sum = sum + power;
        });
        const auto total = V::set(V::sum(sum));
        for_vectors<V>(args.channels, [&](std::ptrdiff_t c, const auto& lanes) {
            lanes.store(dst + c, lanes.load(dst + c) / total);
        });
    }
}

template <class V>
void binary_softmax(const EachF32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const bool dense = args.a_stride == 1 && args.dst_stride == 2;
    std::ptrdiff_t p = begin;
    for (; dense && p + V::kLanes <= end; p += V::kLanes) {
        const auto second = sigmoid<V>(V::load(args.a + p));
        V::store_pairs(args.dst + 2 * p, V::set(1) - second, second);
    }
    for (; p < end; ++p) {
        const float second = sigmoid<V>(V::set(args.a[p * args.a_stride]))[0];
        args.dst[p * args.dst_stride] = 1.0F - second;
        args.dst[p * args.dst_stride + 1] = second;
    }
}

}  // namespace
}  // namespace tarsier::kernels
