// SPDX-License-Identifier: Apache-2.0
// What a processor can do at most, in vectors of the level that includes this.
#pragma once

#include <cstdint>

namespace tarsier::kernels {
namespace {

/// `rounds` multiply-accumulates in each lane of 12 vectors that depend on nothing but themselves:
/// enough to hide the latency of two units. Returns how many there were.
template <class Vector>
std::int64_t multiply_add(std::int64_t rounds) {
    constexpr int kSums = 12;
    Vector sum[kSums];
    // None may start at 3: the product and the term leave it as it is, and the compiler would know.
    for (int i = 0; i < kSums; ++i) sum[i] = Vector{} + (static_cast<float>(i) + 0.25F);
    const Vector factor = Vector{} + 0.5F;
    const Vector term = Vector{} + 1.5F;
    for (std::int64_t round = 0; round < rounds; ++round)
#pragma GCC unroll 12
        for (int i = 0; i < kSums; ++i) sum[i] = sum[i] * factor + term;
    for (int i = 1; i < kSums; ++i) sum[0] += sum[i];
    [[maybe_unused]] const volatile float used = sum[0][0];  // or nothing would be computed
    return rounds * kSums * static_cast<std::int64_t>(sizeof(Vector) / sizeof(float));
}

}  // namespace
}  // namespace tarsier::kernels
