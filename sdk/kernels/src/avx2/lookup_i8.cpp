// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "vector_i8.h"

namespace tarsier::kernels::avx2 {
namespace {

constexpr int kParts = 16;   ///< of the table, sixteen levels each: what a shuffle reaches
constexpr int kLevels = 32;  ///< at a time

__m256i load(const std::uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

/// The table in parts: each but the first of a half is its difference from the one before, in bits.
struct Parts {
    __m256i part[kParts];

    explicit Parts(const std::uint8_t* table) {
        __m128i before = _mm_setzero_si128();
        for (int i = 0; i < kParts; ++i) {
            const __m128i now = load_levels(table + i * 16);
            if (i == kParts / 2) before = _mm_setzero_si128();
            part[i] = _mm256_broadcastsi128_si256(_mm_xor_si128(now, before));
            before = now;
        }
    }

    /// A shuffle gives zero where the highest bit of its index is set. Counted down by sixteen from
    /// part to part, without wrapping, an index gets and keeps that bit behind its own part; until
    /// then the differences add up to that part.
    [[gnu::always_inline]] __m256i look_up(__m256i x) const {
        const __m256i sixteen = _mm256_set1_epi8(16);
        __m256i lower = x;
        __m256i upper = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
        __m256i found = _mm256_setzero_si256();
        for (int i = 0; i < kParts / 2; ++i) {
            found = _mm256_xor_si256(found, _mm256_shuffle_epi8(part[i], lower));
            found = _mm256_xor_si256(found, _mm256_shuffle_epi8(part[kParts / 2 + i], upper));
            lower = _mm256_subs_epi8(lower, sixteen);
            upper = _mm256_subs_epi8(upper, sixteen);
        }
        return found;
    }
};

}  // namespace

void lookup_i8(const LookupI8& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const Parts parts(args.table);
    const bool dense = args.src_stride == args.channels && args.dst_stride == args.channels;
    for_runs(dense, args.channels, begin, end, [&](std::ptrdiff_t pixel, std::ptrdiff_t n) {
        const std::uint8_t* const src = args.src + pixel * args.src_stride;
        std::uint8_t* const dst = args.dst + pixel * args.dst_stride;
        std::ptrdiff_t i = 0;
        for (; i + kLevels <= n; i += kLevels)
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst + i), parts.look_up(load(src + i)));
        for (; i < n; ++i) dst[i] = args.table[src[i]];
    });
}

}  // namespace tarsier::kernels::avx2
