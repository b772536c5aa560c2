// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ops/op.h"

namespace tarsier::infer {

/// The attribute "coordinates" of resize: how the output coordinate x maps to the input; scale =
/// outputs / inputs.
enum Coordinates : int {
    kAsymmetric,        ///< x / scale
    kHalfPixel,         ///< (x + 0.5) / scale - 0.5
    kAlignCorners,      ///< x * (inputs - 1) / (outputs - 1)
    kPytorchHalfPixel,  ///< half pixel, but 0 for a single output
    kCoordinatesCount
};

/// The attribute "nearest" of resize: linear interpolation, or how a coordinate is rounded to a
/// pixel.
enum Nearest : int { kLinear, kFloor, kCeil, kRoundPreferFloor, kRoundPreferCeil, kNearestCount };

/// Checks a step that resizes: its attributes and its output's channels.
Status check_resize(const StepView& step);

/// What each of `outputs` coordinates along an axis takes from which of `inputs`.
std::vector<kernels::ResizeTap> resize_taps(int inputs, int outputs, int coordinates, int nearest);

}  // namespace tarsier::infer
