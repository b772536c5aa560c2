// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

#include "gemm_tile.h"

namespace tarsier::kernels::neon {
namespace {

// Floats of the source that a block of pixels may take: half of a small first-level cache, so that
// the next panel finds them there.
constexpr std::ptrdiff_t kBlockFloats = 4096;
constexpr std::ptrdiff_t kBlockStep = 20;  ///< a multiple of the rows of the widest tile

/// One panel of outputs, from channel `first` on.
struct Panel {
    const float* weights;
    const float* bias;
    int first;
    int channels;
};

template <int kRows, int kVectors>
void tile(const Conv1x1F32& args, const Panel& panel, std::ptrdiff_t pixel) {
    Tile<kRows, kVectors> tile;
    tile.start(panel.bias);
    tile.add(args.src + pixel * args.src_stride, args.src_stride, panel.weights, args.in_channels);
    tile.store(args.dst + pixel * args.dst_stride + panel.first, args.dst_stride, panel.channels,
               args.min, args.max);
}

/// Pixels [begin, end) in tiles of kRows, then of fewer.
template <int kRows, int kVectors>
void tiles(const Conv1x1F32& args, const Panel& panel, std::ptrdiff_t begin, std::ptrdiff_t end) {
    for (; begin + kRows <= end; begin += kRows) tile<kRows, kVectors>(args, panel, begin);
    for (; begin + 3 <= end; begin += 3) tile<3, kVectors>(args, panel, begin);
    for (; begin < end; ++begin) tile<1, kVectors>(args, panel, begin);
}

}  // namespace

void conv1x1_f32(const Conv1x1F32& args, std::ptrdiff_t begin, std::ptrdiff_t end) {
    std::ptrdiff_t block = kBlockFloats / args.in_channels / kBlockStep * kBlockStep;
    if (block < kBlockStep) block = kBlockStep;
    for (; begin < end; begin += block) {
        const std::ptrdiff_t last = begin + block < end ? begin + block : end;
        Panel panel{args.weights, args.bias, 0, 0};
        for (; panel.first < args.out_channels; panel.first += kPanel) {
            const int left = args.out_channels - panel.first;
            panel.channels = left < kPanel ? left : kPanel;
            with_tile(panel.channels, [&]<int kRows, int kVectors>() {
                tiles<kRows, kVectors>(args, panel, begin, last);
            });
            panel.weights += std::ptrdiff_t{args.in_channels} * kPanel;
            panel.bias += kPanel;
        }
    }
}

}  // namespace tarsier::kernels::neon
