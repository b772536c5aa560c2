// SPDX-License-Identifier: Apache-2.0
#include "simd/depthwise_i8.h"

#include <tarsier/kernels/kernels.h>

#include "neon/vector_i8.h"

namespace tarsier::kernels::dotprod {
namespace {

using neon::signed_levels;

/// Eight channels in two vectors. Columns hold levels less 128, as the weights have signs.
struct Eight {
    using Levels = uint8x8_t;
    static constexpr int kChannels = 8;

    struct Column {
        int8x16_t v[2];
    };
    using Weight = Column;
    struct Sum {
        int32x4_t v[2];
    };

    struct Scaling {
        neon::Scaling<kChannels> scaling;
        Sum bias;

        Scaling(const ConvI8& args, int channel) : scaling(args.requant, channel) {
            const std::ptrdiff_t padded = (args.out_channels + kPanel - 1) / kPanel * kPanel;
            int16x8_t sum = vdupq_n_s16(0);
            for (int tap = 0; tap < args.kernel_h * args.kernel_w; ++tap)
                sum = vaddw_s8(sum, vld1_s8(args.weights + tap * padded + channel));
            bias.v[0] = vaddq_s32(scaling.bias[0], vshll_n_s16(vget_low_s16(sum), 7));
            bias.v[1] = vaddq_s32(scaling.bias[1], vshll_high_n_s16(sum, 7));
        }

        [[gnu::always_inline]] void finish(const Sum& first, const Sum& second,
                                           Levels (&out)[2]) const {
            scaling.with_fraction([&]<int kFraction>() {
                out[0] = scaling.half<kFraction>(first.v[0], first.v[1]);
                out[1] = scaling.half<kFraction>(second.v[0], second.v[1]);
            });
        }
    };

    static void column(const Rows& rows, Column& to) {
        const uint8x8_t sign = vdup_n_u8(0x80);
        uint8x8x4_t x;
#pragma GCC unroll 4
        for (int i = 0; i < kGroup; ++i) x.val[i] = veor_u8(vld1_u8(rows.row[i]), sign);
        vst4_u8(reinterpret_cast<std::uint8_t*>(&to), x);
    }
    static Column padding(std::uint8_t level) {
        const int8x16_t x = signed_levels(vdupq_n_u8(level));
        return {{x, x}};
    }
    static Weight weight(const Rows& rows) {
        uint8x8x4_t x;
        for (int i = 0; i < kGroup; ++i) x.val[i] = vld1_u8(rows.row[i]);
        Weight to;
        vst4_u8(reinterpret_cast<std::uint8_t*>(&to), x);
        return to;
    }
    [[gnu::always_inline]] static void dot(Sum& sum, const Column& x, const Weight& w) {
        sum.v[0] = vdotq_s32(sum.v[0], x.v[0], w.v[0]);
        sum.v[1] = vdotq_s32(sum.v[1], x.v[1], w.v[1]);
    }
    static void store(std::uint8_t* p, Levels levels, int count) {
        neon::store_first(p, levels, count);
    }
};

}  // namespace

void depthwise_i8(const ConvI8& args, int begin, int end) {
    if (!fits_blocks(args)) return scalar::depthwise_i8(args, begin, end);
    for (int channel = 0; channel < args.out_channels; channel += Eight::kChannels)
        block<Eight>(args, channel, begin, end);
}

}  // namespace tarsier::kernels::dotprod
