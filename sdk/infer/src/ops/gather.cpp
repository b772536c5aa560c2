// SPDX-License-Identifier: Apache-2.0
#include "ops/gather.h"

#include <cstring>

namespace tarsier::infer {
namespace {

constexpr std::ptrdiff_t kLongest = 128;

/// Copies `bytes` of each of `pixels`, kMove to twice kMove: one move from the beginning and one up
/// to the end, which may overlap. Lengths that the compiler knows need no call.
template <std::ptrdiff_t kMove>
void copy(const Part& part, std::ptrdiff_t pixels, std::byte* dst, std::ptrdiff_t stride) {
    const std::byte* src = part.src;
    const std::ptrdiff_t last = part.bytes - kMove;
    for (; pixels > 0; --pixels, src += part.stride, dst += stride) {
        std::memcpy(dst, src, kMove);
        std::memcpy(dst + last, src + last, kMove);
    }
}

void copy_part(Part part, std::ptrdiff_t pixels, std::byte* dst, std::ptrdiff_t stride) {
    for (; part.bytes > kLongest; part.bytes -= kLongest, part.src += kLongest, dst += kLongest)
        copy<kLongest / 2>({part.src, part.stride, kLongest}, pixels, dst, stride);
    if (part.bytes >= 64) return copy<64>(part, pixels, dst, stride);
    if (part.bytes >= 32) return copy<32>(part, pixels, dst, stride);
    if (part.bytes >= 16) return copy<16>(part, pixels, dst, stride);
    if (part.bytes >= 8) return copy<8>(part, pixels, dst, stride);
    if (part.bytes >= 4) return copy<4>(part, pixels, dst, stride);
    if (part.bytes >= 2) return copy<2>(part, pixels, dst, stride);
    copy<1>(part, pixels, dst, stride);
}

}  // namespace

void gather(std::span<const Part> parts, std::ptrdiff_t begin, std::ptrdiff_t end, std::byte* dst,
            std::ptrdiff_t stride) {
    for (Part part : parts) {
        part.src += begin * part.stride;
        copy_part(part, end - begin, dst, stride);
        dst += part.bytes;
    }
}

}  // namespace tarsier::infer
